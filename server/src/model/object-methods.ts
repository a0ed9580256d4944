import type { Machine } from "./machine.ts";
import { plainUnknown, unknownNumber } from "./plain-unknown.ts";
import { raise } from "./raise.ts";
import { typeName } from "./types.ts";
import { nativeMethod, none, type PyClass, type PyNative } from "./values.ts";

const text = (name: string): PyNative =>
  nativeMethod(name, (m) => plainUnknown(m, `what \`object.${name}\` gives`));

const whole = (name: string): PyNative =>
  nativeMethod(name, (m) => unknownNumber(m, `what \`object.${name}\` gives`, "int"));

const notImplemented = (m: Machine): ReturnType<PyNative["run"]> =>
  m.builtins.get("NotImplemented") ?? m.unknown("`NotImplemented`");

/** What every object has and no class has to define. They stand in no class: what a class defines is looked up there. */
const ofObjects: ReadonlyMap<string, PyNative> = new Map(
  [
    ...["__repr__", "__str__", "__format__", "__dir__"].map(text),
    ...["__hash__", "__sizeof__"].map(whole),
    nativeMethod("__eq__", (m, [self, other]) => (self === other ? true : notImplemented(m))),
    nativeMethod("__ne__", (m, [self, other]) => (self === other ? false : notImplemented(m))),
  ].map((each) => [each.name, each]),
);

const forward = nativeMethod("forward", (m, [self = none]) =>
  raise(m, "NotImplementedError", `Module [${typeName(self)}] is missing the required "forward" function`),
);

/** A method that `object`, or `nn.Module`, has for classes that define none. */
export const objectMethod = (cls: PyClass, name: string): PyNative | undefined =>
  name === "forward" && cls.isModule ? forward : ofObjects.get(name);
