import type { GateModel } from "./gate-result.ts";
import type { ModelSnapshot } from "./snapshot.ts";

/** A model on both sides, or on one. */
export interface Pair {
  readonly before: ModelSnapshot | undefined;
  readonly after: ModelSnapshot | undefined;
  readonly matchedBy: GateModel["matchedBy"];
}

/** Classes of one name in different files are taken for one from this likeness on; those of another name from the next. */
const alikeByName = 0.4;
const alikeByStructure = 0.75;

/**
 * Finds the models of one side again on the other, through renamed files, moved and renamed classes.
 * @param renamed where the files of the base are in head.
 */
export function matchModels(
  base: readonly ModelSnapshot[],
  head: readonly ModelSnapshot[],
  renamed: ReadonlyMap<string, string>,
): readonly Pair[] {
  const left = { base: new Set(withoutParts(base)), head: new Set(withoutParts(head)) };
  const pairs: Pair[] = [];
  const take = (before: ModelSnapshot, after: ModelSnapshot, matchedBy: Pair["matchedBy"]): void => {
    left.base.delete(before);
    left.head.delete(after);
    pairs.push({ before, after, matchedBy });
  };
  const headPath = ({ path }: ModelSnapshot): string => renamed.get(path) ?? path;
  /** Pairs models of one file in order, those that `key` calls the same. */
  const inFile = (key: (of: ModelSnapshot) => string | undefined, matchedBy: Pair["matchedBy"]): void => {
    const waiting = new Map<string, ModelSnapshot[]>();
    for (const after of left.head) push(waiting, place(after.path, key(after)), after);
    for (const before of [...left.base]) {
      const after = waiting.get(place(headPath(before), key(before)) ?? "")?.shift();
      if (after !== undefined)
        take(before, after, matchedBy ?? (after.path === before.path ? null : "file-rename"));
    }
  };
  /** Pairs models of any file, the most alike first. */
  const anywhere = (
    mayBe: (before: ModelSnapshot, after: ModelSnapshot) => boolean,
    least: number,
    matchedBy: Pair["matchedBy"],
  ): void => {
    const candidates = [...left.base].flatMap((before) =>
      [...left.head].flatMap((after) => {
        if (!mayBe(before, after)) return [];
        const likeness = likenessOf(before, after) + (headPath(before) === after.path ? 0.1 : 0);
        return likeness >= least ? [{ before, after, likeness }] : [];
      }),
    );
    for (const { before, after } of candidates.sort((a, b) => b.likeness - a.likeness))
      if (left.base.has(before) && left.head.has(after)) take(before, after, matchedBy);
  };
  inFile(({ name, entry }) => `${name}\n${entry}`, null);
  inFile(({ name }) => name, null);
  anywhere((before, after) => before.name === after.name, alikeByName, "name");
  anywhere(() => true, alikeByStructure, "structure");
  // A variable that holds another class now is still the model of that file.
  inFile(({ entry }) => (/^\w+$/.test(entry) ? entry : undefined), "entry");
  inFile(onlyOnes([...left.base], [...left.head], headPath), "place");
  return once([
    ...pairs,
    ...[...left.base].map((before) => ({ before, after: undefined, matchedBy: null })),
    ...[...left.head].map((after) => ({ before: undefined, after, matchedBy: null })),
  ]);
}

const place = (path: string, key: string | undefined): string | undefined =>
  key === undefined ? undefined : `${path}\n${key}`;

function push<T>(groups: Map<string, T[]>, key: string | undefined, value: T): void {
  if (key === undefined) return;
  const same = groups.get(key);
  if (same === undefined) groups.set(key, [value]);
  else same.push(value);
}

/** A key that models have when no other of their side is left in their file. */
function onlyOnes(
  base: readonly ModelSnapshot[],
  head: readonly ModelSnapshot[],
  headPath: (of: ModelSnapshot) => string,
): (of: ModelSnapshot) => string | undefined {
  const counts = new Map<string, number>();
  for (const path of [
    ...base.map((each) => `base\n${headPath(each)}`),
    ...head.map(({ path }) => `head\n${path}`),
  ])
    counts.set(path, (counts.get(path) ?? 0) + 1);
  const isOnly = (path: string): boolean =>
    counts.get(`base\n${path}`) === 1 && counts.get(`head\n${path}`) === 1;
  const before = new Set(base);
  return (of) => (isOnly(before.has(of) ? headPath(of) : of.path) ? "" : undefined);
}

/** From 0 to 1: operations by name and parameters by name, in equal parts. */
function likenessOf(a: ModelSnapshot, b: ModelSnapshot): number {
  const names = new Set([...Object.keys(a.operations), ...Object.keys(b.operations)]);
  let [both, either] = [0, 0];
  for (const name of names) {
    const [x, y] = [a.operations[name] ?? 0, b.operations[name] ?? 0];
    both += Math.min(x, y);
    either += Math.max(x, y);
  }
  const state = new Set(a.state);
  const shared = b.state.filter((name) => state.has(name)).length;
  const all = a.state.length + b.state.length - shared;
  const operations = either === 0 ? 0 : both / either;
  return all === 0 ? operations : (operations + shared / all) / 2;
}

/**
 * Leaves out the models that run inside of another one of the same side: what they cost is counted there. One is part of
 * another when every line that works for it also works for the other, which does more.
 */
function withoutParts(models: readonly ModelSnapshot[]): readonly ModelSnapshot[] {
  const linesOf = new Map(
    models.map((each) => [each, new Set(each.lines.map(({ file, line }) => `${line}:${file}`))]),
  );
  const size = (of: ModelSnapshot): number => of.lines.reduce((sum, each) => sum + each.seconds, 0);
  const isPart = (of: ModelSnapshot): boolean => {
    const own = linesOf.get(of) ?? new Set();
    return (
      own.size > 0 &&
      models.some((whole) => {
        const lines = linesOf.get(whole) ?? new Set();
        if (whole.name === of.name || lines.size < own.size || size(whole) <= size(of)) return false;
        return [...own].every((line) => lines.has(line));
      })
    );
  };
  return models.filter((each) => !isPart(each));
}

/** One model that several files build the same way is one. */
function once(pairs: readonly Pair[]): readonly Pair[] {
  const home = ({ before, after }: Pair): boolean => {
    const model = after ?? before;
    return model?.path === model?.file;
  };
  const seen = new Set<string>();
  return [...pairs]
    .sort((a, b) => Number(home(b)) - Number(home(a)))
    .filter(({ before, after }) => {
      const key = JSON.stringify(
        [before, after].map((each) => each && [each.name, each.file, each.line, each.figures]),
      );
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}
