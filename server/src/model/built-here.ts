import type { Place } from "../base/known.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import type { Machine } from "./machine.ts";
import type { Kwargs, PyInstance, Value } from "./values.ts";

/** Where the program itself builds a model, and what it gives its class. */
export interface BuiltHere {
  /** Calls in the file of the program, from the inside out. */
  readonly places: readonly Place[];
  readonly args: readonly Value[];
  readonly kwargs: Kwargs;
}

/** Writes down what the program builds, unless that is a part of a model or of what a forward pass makes. */
export function noteConstruction(m: Machine, made: Value, args: readonly Value[], kwargs: Kwargs): void {
  const { follows, lastLook } = m.state;
  // A program that runs again without results of its models builds what it built.
  if ((!follows && lastLook !== Number.POSITIVE_INFINITY) || !isInstance(made)) return;
  const places: Place[] = [];
  const file = m.modules.get("__main__")?.file;
  for (let frame = m.state.frame; frame !== undefined; frame = frame.caller) {
    const { name, code, owner } = frame;
    const isModule = owner?.cls?.isModule;
    if (name.endsWith(".forward") ? isModule !== false : name.endsWith(".__init__") && isModule === true)
      return;
    if (code.file === file && !code.prelude)
      places.push({
        file: code.file,
        span: { start: code.start + frame.start, end: code.start + frame.end },
      });
  }
  m.state.built.set(made, { places, args, kwargs });
}

const isInstance = (value: Value): value is PyInstance =>
  typeof value === "object" && value.kind === "instance";

/** Longer texts name nothing. */
const longestName = 60;

/** How models of one class are told apart. */
export interface Named {
  /** `Net(100)` */
  readonly name: string;
  /** The call in the file that makes it. */
  readonly place: Place | undefined;
  /** The class and what it is given. */
  readonly given: string;
}

/**
 * What tells models of one class apart: the text of the innermost call that makes one and no other; where there is none,
 * what its class is given.
 */
export function namesOf(
  models: readonly { readonly cls: string; readonly built: BuiltHere | undefined }[],
  { text }: SourceFile,
): readonly Named[] {
  const makes = new Map<number, number>();
  for (const { built } of models)
    for (const start of new Set(built?.places.map(({ span }) => span.start)))
      makes.set(start, (makes.get(start) ?? 0) + 1);
  const taken = new Set<string>();
  return models.map(({ cls, built }) => {
    const alone = built?.places.find(({ span }) => makes.get(span.start) === 1);
    const written = alone === undefined ? "" : text.slice(alone.span.start, alone.span.end);
    const told = given(cls, built);
    const isTold = /^[\w.]+\(.*\)$/.test(written) && written.length <= longestName && !taken.has(written);
    const name = isTold ? written : freeName(told, taken);
    taken.add(name);
    return { name, place: alone ?? built?.places[0], given: told };
  });
}

/** `Net(100, depth=…)` */
export function given(cls: string, built: BuiltHere | undefined): string {
  if (built === undefined) return `${cls}(…)`;
  const all = [
    ...built.args.map((each) => plainText(each)),
    ...[...built.kwargs].map(([name, value]) => `${name}=${plainText(value)}`),
  ];
  const room = longestName - cls.length;
  let count = all.length;
  while (count > 0 && all.slice(0, count).join(", ").length > room) count--;
  return `${cls}(${[...all.slice(0, count), ...(count < all.length ? ["…"] : [])].join(", ")})`;
}

/** Lists of more items than this, and lists in lists in lists, are not written out. */
const mostItems = 8;

function plainText(value: Value, depth = 0): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  switch (value.kind) {
    case "none":
      return "None";
    case "float":
      return String(value.value);
    case "class":
    case "function":
      return value.name;
    case "list":
    case "tuple": {
      if (depth > 1 || value.items.length > mostItems) return "…";
      const items = value.items.map((each) => plainText(each, depth + 1)).join(", ");
      return value.kind === "list" ? `[${items}]` : `(${items})`;
    }
    default:
      return "…";
  }
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) if (!taken.has(`${name} #${number}`)) return `${name} #${number}`;
}
