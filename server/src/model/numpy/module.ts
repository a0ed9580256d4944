import { Tensor } from "../../graph/tensor.ts";
import { asString } from "../builtins/args.ts";
import type { Machine } from "../machine.ts";
import { makeNativeModule } from "../stdlib/native-module.ts";
import { isUnknown, native, none, type PyModule, type PyNative, type Value } from "../values.ts";
import { arrayOf, dtypeValue, given, holdsObjects, makeArray, moduleName, onHost } from "./array.ts";
import { elementwise } from "./elementwise.ts";
import { kindOf, resultKind } from "./kinds.ts";
import { arrayClass } from "./ndarray.ts";
import { reducing, spaced } from "./reductions.ts";

const functions: readonly PyNative[] = [
  ...elementwise,
  ...reducing,
  spaced,
  native("asarray", (m, [value = none, kind = none], kwargs) => {
    const wanted = kwargs.get("dtype") ?? kind;
    const dtype = kindOf(wanted);
    if (wanted !== none && dtype === undefined) return m.unknown("an array of an unknown kind of numbers");
    const made = arrayOf(m, value, dtype);
    return made instanceof Tensor ? makeArray(m, made) : made;
  }),
  native("holds_objects", (m, [value = none]) => holdsObjects(m, value)),
  // An op of torch as the host computes it: arrays in, arrays or numbers out.
  native("host", (m, [name = none, ...args], kwargs) =>
    given(m, onHost(m, asString(name) ?? "", args, kwargs)),
  ),
  // The same for what stays an array when it has no dimensions.
  native("made", (m, [name = none, ...args], kwargs) => {
    const made = onHost(m, asString(name) ?? "", args, kwargs);
    return made instanceof Tensor ? makeArray(m, made) : made;
  }),
  native("torch_kind", (m, [kind = none]): Value => {
    const dtype = kindOf(kind);
    return dtype === undefined ? m.unknown("a kind of numbers") : dtypeValue(dtype);
  }),
  native("kind_name", (m, [kind = none]) => kindOf(kind) ?? m.unknown("a kind of numbers")),
  native("result_kind", (m, args) => {
    const members = [];
    for (const each of args) {
      const kind = kindOf(each);
      const array = kind === undefined ? arrayOf(m, each) : undefined;
      if (array !== undefined && isUnknown(array)) return array;
      members.push({ kind: kind ?? array?.dtype ?? "float64", isNumber: false });
    }
    return resultKind(members);
  }),
];

/** What the Python of `numpy` builds on: the module `_ecocompute_numpy`. */
export const numpyModule = (m: Machine): PyModule =>
  makeNativeModule(moduleName, [
    ["ndarray", arrayClass(m)],
    ...functions.map((each): readonly [string, Value] => [each.name, each]),
  ]);
