import { dictFrom } from "../dicts.ts";
import type { Frame, Machine } from "../machine.ts";
import { list, native, none, type PyNative, tuple } from "../values.ts";

/** What a program may ask of the calls that it is in, for `sys` and `inspect`. */
export const frameNatives: readonly (readonly [string, PyNative])[] = [
  [
    "call_frames",
    native("call_frames", (m) =>
      list(
        framesOf(m).map(({ code: { module, file, start: from }, name, kind, start }) =>
          tuple([
            file,
            kind === "module" ? "<module>" : name.replace(/^.*\./, ""),
            module.name,
            from + start,
          ]),
        ),
      ),
    ),
  ],
  [
    "init_frames",
    native("init_frames", (m, [self]) =>
      list(
        framesOf(m).flatMap(({ name, owner, self: own, scope }) =>
          own === self && owner?.cls !== undefined && /(^|\.)__init__$/.test(name)
            ? [tuple([owner.cls, dictFrom(scope.vars)])]
            : [],
        ),
      ),
    ),
  ],
  ["handled", native("handled", (m) => framesOf(m).find(isHandling)?.handling ?? none)],
];

const isHandling = ({ handling }: Frame): boolean => handling !== undefined;

/** The program's own calls, the innermost first. */
function framesOf({ state }: Machine): readonly Frame[] {
  const found: Frame[] = [];
  for (let { frame } = state; frame !== undefined; frame = frame.caller)
    if (!frame.code.prelude) found.push(frame);
  return found;
}
