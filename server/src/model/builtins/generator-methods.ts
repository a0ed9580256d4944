/** `send`, `throw` and `close` of a generator. Source: the Python language reference, "Generator-iterator methods". */
import { controlOf } from "../generator.ts";
import { type Machine, Raised } from "../machine.ts";
import { exception } from "../raise.ts";
import { nativeMethod, noKwargs, none, type PyNative, type Value } from "../values.ts";

/** `StopIteration` with what the generator returned. */
function stop(m: Machine, value: Value): never {
  const made = exception(m, "StopIteration", value === none ? [] : [value]);
  if (typeof made === "object" && made.kind === "instance") made.attrs.set("value", value);
  throw new Raised(made, m.here());
}

const on = (name: string, run: (m: Machine, self: Value, args: readonly Value[]) => Value): PyNative =>
  nativeMethod(name, (m, [self = none, ...args]) => run(m, self, args));

/** An exception as `throw` and `raise` take it: an instance, or a class that is called. */
const raisable = (m: Machine, given: Value, argument: Value | undefined): Value =>
  typeof given === "object" && given.kind === "class"
    ? m.call(given, argument === undefined || argument === none ? [] : [argument], noKwargs)
    : given;

export const generatorMethods: readonly PyNative[] = [
  on("send", (m, self, [value = none]) => {
    const control = controlOf(self);
    if (control === undefined) return m.unknown("`send` of an iterator");
    return control.resume({ kind: "send", value }) ?? stop(m, control.returned());
  }),
  on("throw", (m, self, [given = none, argument]) => {
    const control = controlOf(self);
    if (control === undefined) return m.unknown("`throw` of an iterator");
    const error = new Raised(raisable(m, given, argument), m.here());
    return control.resume({ kind: "throw", error }) ?? stop(m, control.returned());
  }),
  on("close", (m, self) => {
    const control = controlOf(self);
    if (control === undefined) return none;
    const error = new Raised(exception(m, "GeneratorExit", []), m.here());
    try {
      control.resume({ kind: "throw", error });
    } catch (raised) {
      if (raised !== error) throw raised;
    }
    return none;
  }),
];
