import { alike, type Dim, hintOf, sum } from "../graph/dim.ts";
import { setElements } from "../graph/elements.ts";
import type { OpRecord } from "../graph/ir.ts";
import type { Modes } from "../torch/_op.ts";
import { type Either, eitherCell, eitherValue, isSameTensor } from "./either-value.ts";
import { assumeNames, changedNames, changedSince, type Moment, momentOf, undo } from "./fork.ts";
import { type LateNames, lateNames } from "./late-names.ts";
import { type Completion, Ended, type Frame, type Machine, Raised } from "./machine.ts";
import { isInProgram } from "./open-models.ts";
import { type Changeable, reachable, reachableFrom } from "./reachable.ts";
import { type Followed, readsAll, startFollowing } from "./read-log.ts";
import type { Value } from "./values.ts";

/*
 * A branch on what only the run knows. Both sides run from the same start. Where they end in the same way and do the same
 * matrix products, the figures hold whichever is taken; what differs is unknown from there on. While a model is built only what
 * it comes to matters: nothing that is computed there belongs to the forward pass.
 */

/** How a side ended, and what it gave. */
export interface Outcome {
  readonly ended: Completion;
  readonly value: Value;
}

export interface Branch {
  readonly why: string;
  readonly sides: readonly [() => Outcome, () => Outcome];
  /** What comes behind it: to be run with each side where one of them ends the block and the other does not. */
  readonly goOn?: (() => Outcome) | undefined;
  /** Says that the sides differ. */
  readonly doubt: () => void;
  /** Names that the code of the sides binds itself. */
  readonly binds: () => ReadonlySet<string>;
}

/** What a branch came to, and whether what comes behind it has run as well. */
export interface Settled extends Outcome {
  readonly wentOn: boolean;
  /** The names of the frame that the sides changed; `undefined` where they may have changed more, or give something. */
  readonly names?: ReadonlySet<string> | undefined;
  /** The sides come to the same by another number of matrix products: what they leave is known. */
  readonly isSameResult?: boolean;
}

interface Went extends Outcome {
  readonly changed: Moment;
  readonly ops: readonly OpRecord[];
}

/** How a side went: `went` is undefined when it does what cannot be compared. */
interface Tried {
  readonly went: Went | undefined;
  readonly names: ReadonlySet<string> | undefined;
  readonly ended: Completion | undefined;
}

/** Objects that branches of one run may reach in all: what one costs grows with that. */
const maxReached = 2_000_000;

/**
 * Where the sides differ in what counts, that is told. The one with more matrix products is what runs where both come to
 * the same, otherwise the second one.
 *
 * @returns `undefined` where no side has run: it cannot be told what they would change
 * @throws Raised what the second side raises
 */
export function eitherSide(m: Machine, frame: Frame, branch: Branch): Settled | undefined {
  const { state } = m;
  if (frame.code.prelude || !isFollowed(frame)) return undefined;
  // What it binds elsewhere, by `global` or `nonlocal`, cannot be seen from here.
  if (frame.redirects !== undefined) return undefined;
  if (state.quiet && !isInProgram(m)) return undefined;
  if (state.reached > maxReached) return undefined;
  const objects = changeableFrom(frame);
  state.reached += objects?.size ?? maxReached;
  m.spend(objects?.size ?? 0);
  return objects === undefined ? undefined : new Sides(m, frame, branch, objects).settle();
}

/** All that the sides may change. Names of a module are its own where they stand in it; how far iterators are nobody knows. */
function changeableFrom(frame: Frame): ReadonlySet<Changeable> | undefined {
  const { kind, scope } = frame;
  if (kind === "function") return reachableFrom(frame);
  for (const value of scope.vars.values())
    if (typeof value === "object" && value.kind === "iterator") return undefined;
  const objects = reachableFrom(frame);
  return objects === undefined ? undefined : new Set([...objects, scope]);
}

const isFollowed = ({ kind, code }: Frame): boolean =>
  kind === "function" || (kind === "module" && code.module.name === "__main__");

class Sides {
  readonly #m: Machine;
  readonly #frame: Frame;
  readonly #branch: Branch;
  readonly #objects: ReadonlySet<Changeable>;
  readonly #takeBack: () => void;
  readonly #before: Moment;
  readonly #late: LateNames | undefined;

  constructor(m: Machine, frame: Frame, branch: Branch, objects: ReadonlySet<Changeable>) {
    this.#m = m;
    this.#frame = frame;
    this.#branch = branch;
    this.#objects = objects;
    this.#before = momentOf(objects);
    this.#late = frame.kind === "module" ? lateNames(frame.code.module, branch.binds()) : undefined;
    this.#takeBack = m.savepoint();
  }

  settle(): Settled | undefined {
    const { sides, goOn, doubt } = this.#branch;
    const [first, second] = sides;
    const tried = this.#aside(first);
    const { went: a } = tried;
    if (a === undefined && tried.names === undefined) return undefined;
    const b = this.#run(second);
    const goesOn = tried.ended === Ended.normal && b.outcome.ended === Ended.normal;
    const names = goesOn ? union(tried.names, b.names) : undefined;
    if (a === undefined || b.went === undefined) {
      doubt();
      return { ...b.outcome, wentOn: false, names };
    }
    if (a.ended === b.went.ended) return { ...this.#both(sides, a, b.went), wentOn: false, names };
    if (goOn === undefined || !this.#undo(b.went)) {
      doubt();
      return { ...b.outcome, wentOn: false };
    }
    const whole = (side: () => Outcome) => (): Outcome => {
      const made = side();
      return made.ended === Ended.normal ? goOn() : made;
    };
    const [wholeA, wholeB] = [whole(first), whole(second)];
    const { went: all } = this.#aside(wholeA);
    const rest = this.#run(wholeB);
    if (all !== undefined && rest.went !== undefined && all.ended === rest.went.ended)
      return { ...this.#both([wholeA, wholeB], all, rest.went), wentOn: true };
    doubt();
    return { ...rest.outcome, wentOn: true };
  }

  /** Runs a side and undoes it. */
  #aside(side: () => Outcome): Tried {
    const { followed, went, names, ended } = this.#try(side);
    const isSeen = !this.#readsOthers(followed);
    if (went !== undefined && isSeen && this.#undo(went)) return { went, names, ended };
    const isUndone = undo(this.#changes(), this.#before);
    this.#late?.putBack();
    this.#takeBack();
    const isOwn = isSeen && isUndone && this.#m.state.quiet;
    return { went: undefined, names: isOwn ? names : undefined, ended };
  }

  #try(side: () => Outcome): Tried & { readonly followed: Followed } {
    const { frame, depth } = this.#m.state;
    const end = startFollowing(this.#m);
    try {
      const { went, names, outcome } = this.#run(side);
      return { followed: end(), went, names, ended: outcome.ended };
    } catch (error) {
      const followed = end();
      if (!(error instanceof Raised)) throw error;
      this.#m.state.frame = frame;
      this.#m.state.depth = depth;
      return { followed, went: undefined, names: undefined, ended: undefined };
    }
  }

  #run(side: () => Outcome): Omit<Tried, "ended"> & { readonly outcome: Outcome } {
    const { state, context } = this.#m;
    const { graph, modes } = context;
    const { doubts, patches, marked } = state;
    const unseen = state.unseen - state.chosen;
    const { opCount } = graph;
    const told = state.open.lasting.length;
    const events = graph.events - graph.choices;
    const before = { ...modes };
    let outcome: Outcome;
    try {
      outcome = side();
    } catch (error) {
      if (error instanceof Raised) this.#branch.doubt();
      throw error;
    }
    const isSeen =
      state.patches === patches &&
      state.unseen - state.chosen === unseen &&
      state.marked === marked &&
      graph.events - graph.choices === events &&
      isSameModes(modes, before);
    if (!isSeen) return { outcome, went: undefined, names: undefined };
    const changed = this.#changes();
    const isToldOf = state.open.lasting.length > told;
    const names = isToldOf ? undefined : changedNames(changed, this.#before, this.#frame.scope);
    if (state.doubts !== doubts) return { outcome, went: undefined, names };
    const ops = graph.between(opCount, graph.opCount);
    return { outcome, went: { ...outcome, ops, changed }, names };
  }

  #undo({ changed }: Went): boolean {
    if (!undo(changed, this.#before)) return false;
    this.#late?.putBack();
    this.#takeBack();
    return true;
  }

  #changes(): Moment {
    if (this.#late !== undefined) assumeNames(this.#before, this.#frame.scope, this.#late.read());
    return changedSince(this.#before);
  }

  /** Whether a side may have changed what was not there, or could not be seen, before it ran. */
  #readsOthers({ read }: Followed): boolean {
    if (readsAll(read)) return true;
    const values: Value[] = [];
    for (const [module, names] of read)
      for (const name of names) {
        const value = this.#m.modules.get(module)?.vars.get(name);
        if (value !== undefined) values.push(value);
      }
    const all = reachable(values);
    return all === undefined || [...all].some((object) => !this.#objects.has(object));
  }

  /** Keeps the side with more matrix products; where these are the same, the one that moves more bytes. */
  #both(sides: Branch["sides"], a: Went, b: Went): Outcome & Pick<Settled, "isSameResult"> {
    const { why, doubt } = this.#branch;
    const { isPreparing } = this.#m.context.graph;
    const isSameWork = isPreparing || alike(macs(a), macs(b));
    let [kept, other] = [b, a];
    if (!isPreparing && (isSameWork ? weight(a) > weight(b) : isMore(macs(a), macs(b)))) {
      if (!this.#undo(b)) {
        doubt();
        return b;
      }
      const again = this.#run(sides[0]);
      if (again.went === undefined) {
        doubt();
        return again.outcome;
      }
      [kept, other] = [again.went, b];
    }
    let isOneOfTwo = false;
    const keepOne = (): void => {
      isOneOfTwo = true;
    };
    const of: Either = { m: this.#m, why, old: this.#objects, seen: new Map(), taken: new Set(), keepOne };
    const isMerged = this.#merge(of, kept, other);
    const value = kept.value === other.value ? kept.value : eitherValue(of, kept.value, other.value);
    if (!isSameWork || !isMerged || isOneOfTwo) doubt();
    else if (!isPreparing && !isSameOps(a, b)) {
      this.#m.state.chosen += 1;
      this.#m.assume(
        `of a branch in \`${this.#frame.name}\` the side that moves more bytes is counted: sizes and matrix products are the same`,
      );
    }
    return { ended: kept.ended, value, isSameResult: isMerged && !isOneOfTwo };
  }

  #merge(of: Either, kept: Went, other: Went): boolean {
    const { cells, metas } = this.#before;
    const [a, b] = [kept.changed, other.changed];
    for (const cell of new Set([...a.cells.keys(), ...b.cells.keys()])) {
      const before = cells.get(cell) ?? new Map();
      if (!eitherCell(of, cell, a.cells.get(cell) ?? before, b.cells.get(cell) ?? before)) return false;
    }
    for (const tensor of new Set([...a.metas.keys(), ...b.metas.keys()])) {
      const is = b.metas.get(tensor) ?? metas.get(tensor);
      if (is === undefined || !isSameTensor(tensor.meta, is)) return false;
      tensor.become({ varies: true, requiresGrad: tensor.meta.requiresGrad || is.requiresGrad });
      setElements(tensor, undefined);
    }
    for (const storage of new Set([...a.memories.keys(), ...b.memories.keys()])) storage.write(undefined);
    return true;
  }
}

const union = (a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined) =>
  a === undefined || b === undefined ? undefined : new Set([...a, ...b]);

/** Whether ops that come later do what they would have done. */
const isSameModes = (a: Modes, b: Modes): boolean =>
  a.gradEnabled === b.gradEnabled &&
  a.autocast === b.autocast &&
  a.defaultDtype === b.defaultDtype &&
  a.defaultDevice === b.defaultDevice;

const macs = ({ ops }: Went) => sum(ops.map(({ work }) => work.macs));

const isMore = (a: Dim, b: Dim): boolean => (hintOf(a) ?? 0) > (hintOf(b) ?? 0);

const weight = ({ ops }: Went): number =>
  ops.reduce((all, { work }) => all + (hintOf(work.bytesRead) ?? 1) + (hintOf(work.bytesWritten) ?? 1), 0);

const isSameOps = (a: Went, b: Went): boolean =>
  a.ops.length === b.ops.length &&
  a.ops.every(({ name, work }, i) => {
    const other = b.ops[i];
    return (
      other?.name === name &&
      alike(work.macs, other.work.macs) &&
      alike(work.flops, other.work.flops) &&
      alike(work.bytesRead, other.work.bytesRead) &&
      alike(work.bytesWritten, other.work.bytesWritten)
    );
  });
