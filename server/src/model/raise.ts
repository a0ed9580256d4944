import { makeClass, makeInstance } from "./classes.ts";
import { type Machine, Raised } from "./machine.ts";
import { type PyClass, type PyInstance, tuple, type Value } from "./values.ts";

/** Raises a built-in Python exception from native code. */
export function raise(m: Machine, name: string, ...args: readonly Value[]): never {
  throw new Raised(exception(m, name, args), m.here());
}

export function exception(m: Machine, name: string, args: readonly Value[]): Value {
  const cls = m.classes.get(name) ?? libraryError(m, name);
  const made: PyInstance = makeInstance(cls);
  made.attrs.set("args", tuple(args));
  return made;
}

/** An exception class of a library, such as `EinopsError`. */
function libraryError(m: Machine, name: string): PyClass {
  const base = m.classes.get("RuntimeError");
  const made = makeClass({ name, bases: base === undefined ? [] : [base] });
  m.classes.set(name, made);
  return made;
}

/** The native exceptions, each after its base. */
export const exceptionTree: readonly (readonly [name: string, base: string])[] = [
  ["Exception", "BaseException"],
  ["ArithmeticError", "Exception"],
  ["FloatingPointError", "ArithmeticError"],
  ["OverflowError", "ArithmeticError"],
  ["ZeroDivisionError", "ArithmeticError"],
  ["AssertionError", "Exception"],
  ["AttributeError", "Exception"],
  ["BufferError", "Exception"],
  ["EOFError", "Exception"],
  ["ImportError", "Exception"],
  ["ModuleNotFoundError", "ImportError"],
  ["LookupError", "Exception"],
  ["IndexError", "LookupError"],
  ["KeyError", "LookupError"],
  ["MemoryError", "Exception"],
  ["NameError", "Exception"],
  ["UnboundLocalError", "NameError"],
  ["OSError", "Exception"],
  ["FileNotFoundError", "OSError"],
  ["FileExistsError", "OSError"],
  ["PermissionError", "OSError"],
  ["ConnectionError", "OSError"],
  ["TimeoutError", "OSError"],
  ["ReferenceError", "Exception"],
  ["RuntimeError", "Exception"],
  ["NotImplementedError", "RuntimeError"],
  ["RecursionError", "RuntimeError"],
  ["StopIteration", "Exception"],
  ["StopAsyncIteration", "Exception"],
  ["SyntaxError", "Exception"],
  ["SystemError", "Exception"],
  ["TypeError", "Exception"],
  ["ValueError", "Exception"],
  ["UnicodeError", "ValueError"],
  ["UnicodeDecodeError", "UnicodeError"],
  ["Warning", "Exception"],
  ["UserWarning", "Warning"],
  ["DeprecationWarning", "Warning"],
  ["FutureWarning", "Warning"],
  ["RuntimeWarning", "Warning"],
  ["ImportWarning", "Warning"],
  ["PendingDeprecationWarning", "Warning"],
  ["BytesWarning", "Warning"],
  ["EncodingWarning", "Warning"],
  ["ResourceWarning", "Warning"],
  ["SyntaxWarning", "Warning"],
  ["UnicodeWarning", "Warning"],
  ["UnicodeEncodeError", "UnicodeError"],
  ["UnicodeTranslateError", "UnicodeError"],
  ["IndentationError", "SyntaxError"],
  ["TabError", "IndentationError"],
  ["BlockingIOError", "OSError"],
  ["ChildProcessError", "OSError"],
  ["BrokenPipeError", "ConnectionError"],
  ["ConnectionAbortedError", "ConnectionError"],
  ["ConnectionRefusedError", "ConnectionError"],
  ["ConnectionResetError", "ConnectionError"],
  ["InterruptedError", "OSError"],
  ["IsADirectoryError", "OSError"],
  ["NotADirectoryError", "OSError"],
  ["ProcessLookupError", "OSError"],
  ["KeyboardInterrupt", "BaseException"],
  ["SystemExit", "BaseException"],
  ["GeneratorExit", "BaseException"],
];
