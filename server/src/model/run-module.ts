import type { Stmt } from "../syntax/ast.ts";
import type { Statements } from "../syntax/read-once.ts";
import { boundNames } from "./bound-names.ts";
import { namesLeftOpen } from "./cut-short.ts";
import { exceptionLine } from "./exception-line.ts";
import { LookedAt, stepsBehind } from "./look-at-call.ts";
import { type EarlyName, type Frame, type Machine, OutOfTime, Raised, Stopped } from "./machine.ts";
import { isIdle, isSimple, statementsIn } from "./main-block.ts";
import { carriedSoFar, keepOpen, openSavepoint, runOpenly } from "./open-models.ts";
import { takeFromImport } from "./own-import.ts";
import { typeName } from "./types.ts";
import { isUnknown, none, type PyModule, type Value } from "./values.ts";

/** Steps that the code of one module may take while it is imported. */
const importSteps = 3_000_000;

/** In words of the user, who does not import the file that is estimated. */
const running = ({ name, file = name }: PyModule): string =>
  name === "__main__" ? `running \`${file.replace(/^.*[\\/]/, "")}\`` : `importing \`${name}\``;

/** The user's file names what it does not bind: whatever libraries remember, that stays so. */
const isOwnMistake = ({ exception, where }: Raised, module: PyModule): boolean =>
  module.name === "__main__" && where?.file === module.file && typeName(exception) === "NameError";

/**
 * Runs a module's top-level statements. What cannot be settled here makes the names that the statement binds
 * unknown, instead of counting against the model that is being estimated.
 */
export function runModule(
  m: Machine,
  module: PyModule,
  source: readonly Statements[],
  prelude: boolean,
): void {
  const { state } = m;
  const outer = { frame: state.frame, quiet: state.quiet, budget: state.budget, doubts: state.doubts };
  const takeBackOpen = openSavepoint(state.open);
  state.quiet = true;
  const isProgram = module.name === "__main__";
  if (isProgram) Object.assign(state, { looks: 0, isOver: false, ranOn: false });
  module.vars.set("__name__", module.name);
  if (module.file !== undefined) module.vars.set("__file__", module.file);
  state.budget = Math.min(outer.budget, state.steps + importSteps);
  try {
    for (const { start, body } of source) {
      const frame = moduleFrame(
        module,
        { file: module.file ?? module.name, start, prelude, module },
        outer.frame,
      );
      state.frame = frame;
      for (const each of body)
        for (const statement of isProgram ? statementsIn(each) : [each]) {
          if (state.isOver) return;
          const { looks } = state;
          const follow = (): void => runStatement(m, module, statement, frame, outer.budget);
          if (isProgram) runOpenly(m, module.vars, statement, follow);
          else follow();
          state.ranOn ||= looks > 0 ? !isIdle(statement) : state.looks > 0 && !isSimple(statement);
        }
    }
  } finally {
    state.frame = outer.frame;
    state.quiet = outer.quiet;
    state.budget = outer.budget;
    // Modules that the models need later are still to run.
    if (isProgram) state.isOver = false;
    // Doubts of this module are its own: the statement that imports it is not made unknown by them.
    state.doubts = outer.doubts;
    if (!isProgram) takeBackOpen();
  }
}

export const moduleFrame = (module: PyModule, code: Frame["code"], caller: Frame | undefined): Frame => ({
  kind: "module",
  name: "<module>",
  code,
  scope: { vars: module.vars, parent: undefined, comprehension: false },
  caller,
  start: 0,
  end: 0,
  result: none,
  owner: undefined,
  self: undefined,
  redirects: undefined,
  annotations: undefined,
  handling: undefined,
  trace: undefined,
  trying: 0,
});

/**
 * What a statement read before it was there is imported when it is read again; and a class, a function or a name that
 * was made of it is made again when it is asked for.
 */
function putOff(m: Machine, { code }: Frame, statement: Stmt, early: readonly EarlyName[]): boolean {
  const { module, start, prelude } = code;
  for (const { module: own, name, later } of early) {
    own.vars.delete(name);
    own.lazy.set(name, later);
  }
  if (statement.kind !== "ClassDef" && statement.kind !== "FunctionDef" && statement.kind !== "Assign")
    return false;
  const names = boundNames(statement);
  for (const name of names) {
    module.vars.delete(name);
    module.lazy.set(name, () => {
      for (const each of names) module.lazy.delete(each);
      runModule(m, module, [{ start, body: [statement] }], prelude);
      const made = module.vars.get(name);
      if (made !== undefined) return made;
      const again = module.lazy.get(name);
      if (again !== undefined) m.state.early.push({ module, name, later: again });
      return m.unknown(`\`${module.name}.${name}\` is asked for while it is made`);
    });
  }
  return names.size > 0;
}

/** A model that the program builds. */
function keepsOpen(m: Machine, module: PyModule, value: Value): boolean {
  if (module.name !== "__main__" || typeof value !== "object" || value.kind !== "instance") return false;
  const { last } = m.state.open;
  if (!value.cls.isModule || last === undefined) return false;
  keepOpen(m, value, [...carriedSoFar(m).filter((each) => each !== last), last]);
  return true;
}

function runStatement(m: Machine, module: PyModule, statement: Stmt, frame: Frame, hardBudget: number): void {
  const { state } = m;
  const before = state.doubts;
  const known = state.early.length;
  let why: string | undefined;
  let open: ReadonlySet<string> | undefined;
  let isDoubt = false;
  try {
    m.execute([statement], frame);
    isDoubt = state.doubts !== before;
    if (isDoubt) why = state.lastDoubt;
  } catch (error) {
    if (error instanceof Raised) {
      if (takeFromImport(m, module, boundNames(statement))) {
        state.frame = frame;
        state.early.splice(known);
        return;
      }
      const line = exceptionLine(m, error.exception);
      if (!isOwnMistake(error, module)) state.failedImports = [...state.failedImports, line];
      // What fails behind something unknown, such as a loop that was left out, may not fail where that is known.
      why = state.doubts === before ? `${running(module)} fails: ${line}` : state.lastDoubt;
    } else if (error instanceof Stopped && state.steps < hardBudget) {
      const isCall = error instanceof LookedAt;
      state.isCutShort ||= error instanceof OutOfTime && module.name !== "__main__";
      why = isCall ? error.why : `${running(module)} takes too long to follow`;
      if (!isCall) {
        const isBehind = state.looks > 0 && module.name === "__main__";
        state.isOver ||= isBehind && error instanceof OutOfTime;
        state.budget = Math.min(hardBudget, state.steps + (isBehind ? stepsBehind : importSteps));
        open = namesLeftOpen(module, statement);
      }
    } else throw error;
    state.frame = frame;
  }
  const early = state.early.splice(known);
  if (early.length > 0 && putOff(m, frame, statement, early)) return;
  if (why === undefined) return;
  for (const name of [...boundNames(statement), ...(open ?? [])]) {
    const bound = module.vars.get(name);
    if (isDoubt && bound !== undefined && keepsOpen(m, module, bound)) continue;
    if (bound !== undefined && typeof bound === "object" && bound.kind === "module") continue;
    if (statement.kind === "FunctionDef" && bound !== undefined && !isUnknown(bound)) continue;
    module.lazy.delete(name);
    module.vars.set(name, m.unknown(why));
  }
}
