import type { Place, Unknown } from "../base/known.ts";
import type { GuardSink } from "../graph/guard.ts";
import type { Tensor } from "../graph/tensor.ts";
import type {
  BinaryOperator,
  CompareOperator,
  Expr,
  FunctionDef,
  Lambda,
  Name,
  Stmt,
  WithItem,
} from "../syntax/ast.ts";
import type { OpContext } from "../torch/_op.ts";
import type { BuiltHere } from "./built-here.ts";
import type { CallMemory } from "./call-memory.ts";
import type { LibraryState } from "./library-state.ts";
import type { OpenModels } from "./open-models.ts";
import type {
  ClassCell,
  Code,
  Cursor,
  Kwargs,
  PyClass,
  PyDevice,
  PyDict,
  PyDType,
  PyInstance,
  PyModule,
  ReadLog,
  Scope,
  Value,
} from "./values.ts";

/** How a block of statements ended. */
export const Ended = { normal: 0, break: 1, continue: 2, return: 3 } as const;
export type Completion = (typeof Ended)[keyof typeof Ended];

/** One running body of code: a module, a class or a function. */
export interface Frame {
  readonly kind: "module" | "class" | "function";
  readonly name: string;
  code: Code;
  scope: Scope;
  /** Changes when a generator is resumed from elsewhere. */
  caller: Frame | undefined;
  /** Start and end of the statement or call being run, relative to `code.start`. */
  start: number;
  end: number;
  /** What `return` gave. */
  result: Value;
  /** For `super()` without arguments. */
  readonly owner: ClassCell | undefined;
  readonly self: Value | undefined;
  /** Names that `global` or `nonlocal` sends to another scope. */
  redirects: Map<string, Map<string, Value>> | undefined;
  /** Set in a class body: annotated names in order. */
  readonly annotations: Map<string, Expr> | undefined;
  /** The exception being handled, for a bare `raise`. */
  handling: Value | undefined;
  /** The user's lines from the outermost call to this one, as long as no line of them moved on. */
  trace: Trace | undefined;
  /** Number of `try` bodies with handlers around the running statement: there a failed import raises. */
  trying: number;
}

export interface Trace {
  readonly start: number;
  readonly end: number;
  /** The caller's, to tell whether it is still the same. */
  readonly outer: readonly Place[];
  readonly stack: readonly Place[];
}

/** Something left out of the count, and why. */
export interface Note {
  readonly what: string;
  readonly why: string;
  readonly where: Place | undefined;
  /** One of several ways is counted: a run may do more, or less. Otherwise something is left out. */
  readonly isOneWay?: boolean;
}

export interface Limits {
  readonly steps: number;
  readonly depth: number;
  readonly ops: number;
  readonly milliseconds: number;
}

/** A Python exception on its way up. */
export class Raised {
  readonly exception: Value;
  readonly where: Place | undefined;
  constructor(exception: Value, where: Place | undefined) {
    this.exception = exception;
    this.where = where;
  }
}

/** Items of one list, or characters of one text: more of them at once may not fit the memory of the thread. */
export const mostItems = 2 ** 22;

/** A limit was reached: everything stops, what was found so far stands. */
export class Stopped {
  readonly why: string;
  /** The user's line that was running. */
  readonly where: Place | undefined;
  constructor(why: string, where: Place | undefined) {
    this.why = why;
    this.where = where;
  }
}

/** Time ran out, which says nothing of what was running: with more time, or in another run, it may end. */
export class OutOfTime extends Stopped {}

/**
 * The parts of the interpreter that call each other in circles, and the little state they share.
 * Each part takes the machine as its first argument, so that no part imports one above it.
 */
export interface Machine {
  readonly evaluate: (node: Expr, frame: Frame) => Value;
  readonly execute: (body: readonly Stmt[], frame: Frame) => Completion;
  readonly call: (callee: Value, args: readonly Value[], kwargs: Kwargs) => Value;
  readonly getAttribute: (object: Value, name: string) => Value | undefined;
  readonly setAttribute: (object: Value, name: string, value: Value) => void;
  readonly deleteAttribute: (object: Value, name: string) => void;
  readonly getItem: (object: Value, index: Value) => Value;
  readonly setItem: (object: Value, index: Value, value: Value) => void;
  readonly binary: (op: BinaryOperator, left: Value, right: Value) => Value;
  readonly compare: (op: CompareOperator, left: Value, right: Value) => Value;
  readonly iterate: (value: Value) => Cursor;
  /** `undefined` when it is not known. */
  readonly truth: (value: Value) => boolean | undefined;
  /** `undefined` when there is no such module; its code runs when a name is read. */
  readonly findModule: (name: string) => PyModule | undefined;
  readonly builtins: Map<string, Value>;
  readonly classes: Map<string, PyClass>;
  readonly modules: Map<string, PyModule>;
  readonly libraries: LibraryState;
  readonly state: MachineState;
  readonly limits: Limits;
  /** `type.__call__`: makes an instance, whatever the metaclass says. */
  readonly instantiate: (cls: PyClass, args: readonly Value[], kwargs: Kwargs) => Value;
  readonly allocate: (cls: PyClass, args: readonly Value[], kwargs: Kwargs) => Value;
  readonly enterContexts: (items: readonly WithItem[], frame: Frame) => readonly Value[];
  /** Tells that something was left out, or counted in one of several ways; the result is no longer complete. */
  readonly note: (what: string, why: string, isOneWay?: boolean) => void;
  /** Tells what is taken for granted; the result stays complete. */
  readonly assume: (text: string) => void;
  /** @returns what takes back the ops, doubts, bindings and assumptions that were told since */
  readonly savepoint: () => () => void;
  /** Runs `body` and tells what is not known in it to whoever asks, instead of counting it against the model. */
  readonly notesOf: (body: () => Value) => { readonly value: Value; readonly notes: readonly Note[] };
  /** Runs `body`; `undefined` when it raises the named exception. */
  readonly attempt: (body: () => Value, exception: string) => Value | undefined;
  /** Attributes and methods of tensors, dtypes and devices. */
  readonly torchAttribute: (object: Tensor | PyDType | PyDevice, name: string) => Value | undefined;
  readonly torchMethod: (name: string) => Value | undefined;
  readonly torchSetAttribute: (tensor: Tensor, name: string, value: Value) => void;
  readonly torchItem: (tensor: Tensor, index: Value) => Value;
  readonly torchSetItem: (tensor: Tensor, index: Value, value: Value) => void;
  readonly torchCall: (op: string, args: readonly Value[], kwargs: Kwargs) => Value;
  /** Made by `nn.Buffer(...)`. */
  readonly isBuffer: (value: Value) => boolean;
  /** `nn.Module.__getattr__`, which attribute access does by itself. */
  readonly moduleGetattr: Value | undefined;
  readonly enumMembers: (cls: PyClass) => Value;
  readonly enumValues: (cls: PyClass) => readonly Value[];
  readonly enumByValue: (cls: PyClass, value: Value) => Value;
  /** Runs a module's code if that has not happened yet. */
  readonly load: (module: PyModule) => void;
  /** Runs an imported module at once if other modules look into what it registers. */
  readonly register: (module: PyModule) => void;
  /** Names that a star import binds, without running the module; `undefined` when it has to run. */
  readonly starNames: (module: PyModule) => readonly string[] | undefined;
  /** A package without `__init__.py`, known from a module inside it. */
  readonly namespace: (name: string) => PyModule;
  readonly submodule: (module: PyModule, name: string) => Value | undefined;
  readonly dictOf: (kwargs: Kwargs) => Value;
  readonly kwargsOf: (value: Value) => Kwargs;
  /** Told of every tensor that a function binds to a name: what an editor shows beside it. */
  readonly assigned: (target: Name, tensor: Tensor, frame: Frame) => void;
  /** The innermost line of code that is not the prelude's. */
  readonly userPlace: () => Place | undefined;
  /** Copies the entries of anything dictionary-like. */
  readonly updateDict: (target: PyDict, from: Value) => void;
  readonly guards: GuardSink;
  readonly context: OpContext;
  /** Counts a step against the limits. @throws Stopped */
  readonly step: () => void;
  /** Counts items that are made or looked at in one go, before that happens. @throws Stopped */
  readonly spend: (items: number) => void;
  readonly isException: (value: Value) => boolean;
  readonly isNotImplemented: (value: Value) => boolean;
  readonly here: () => Place | undefined;
  readonly unknown: (why: string) => Unknown;
}

/** A name that a module would import, and what finds it. */
export interface EarlyName {
  readonly module: PyModule;
  readonly name: string;
  readonly later: () => Value;
}

export interface MachineState {
  frame: Frame | undefined;
  depth: number;
  steps: number;
  /** Steps at which everything stops. */
  budget: number;
  /** Inside an import: doubts make names unknown instead of being told. */
  quiet: boolean;
  /** Number of doubts so far, told or not. */
  doubts: number;
  lastDoubt: string;
  /** Loops whose rounds only the run knows, which were left out. */
  skipped: number;
  /** How often attributes of modules and of the prelude's classes were set or deleted, in all. */
  patches: number;
  /** Time ran out while a module was imported: what it lacks now, another run may find. */
  isCutShort: boolean;
  /** What statements raised while modules were imported, names that the program itself lacks aside. */
  failedImports: readonly string[];
  /** Names that modules imported from one that had not run that far, since the statement that reads them began. */
  readonly early: EarlyName[];
  /** How often something happened that no value shows: a name was bound elsewhere, an assumption made, a result kept aside. */
  unseen: number;
  /** How much branches could reach that were run both ways. */
  reached: number;
  /** How often an assumption was made because one side of a branch was counted. */
  chosen: number;
  /** Calls of models that were written down while the program was read. */
  looks: number;
  /** The call that a program is run for: those before it may have to run, what comes behind it does not. */
  lastLook: number;
  follows: boolean;
  /** The program has come to that call, or went on for too long behind the first. */
  isOver: boolean;
  /** Something ran behind the first call that may have changed its model. */
  ranOn: boolean;
  /** Shared by all modules. */
  readonly reads: ReadLog;
  /** What is known of earlier calls, for whoever follows the file. */
  calls: CallMemory | undefined;
  /** The functions whose bodies ran since somebody emptied it, those of the prelude aside. */
  entered: Set<FunctionDef | Lambda>;
  /** Something was set that outlives the run or cannot be read back: on a module, a library's class, a tensor. */
  marked: boolean;
  /** Ops run as if no tensor were of a class that the program derives. */
  plainTensors: boolean;
  /**
   * What the program set on modules, classes and functions of libraries since somebody emptied it, and whether that is
   * plain: doing so again makes no difference then.
   */
  readonly touched: Map<string, boolean>;
  /** Where and with what the program itself builds its models. */
  readonly built: WeakMap<PyInstance, BuiltHere>;
  /** Stands between a call of a class of torch's modules and the instance that `make` gives. */
  constructing:
    | ((cls: PyClass, args: readonly Value[], kwargs: Kwargs, make: () => Value) => Value)
    | undefined;
  /** Models of the program in whose construction something is not known. */
  open: OpenModels;
  /** What the program is told when it asks whether there is a GPU. */
  hasAccelerator: boolean;
  /** It has asked. */
  askedForAccelerator: boolean;
  /** Why the `**` arguments of the call that is being made are not known. */
  unknownKeywords: string | undefined;
  /** Told of every call of an instance of a class of torch's modules. */
  calling: ((model: PyInstance, args: readonly Value[], kwargs: Kwargs) => void) | undefined;
}
