/**
 * The names that `from module import *` binds, read off the module's text so that it need not run;
 * `undefined` when only running it tells.
 */
export function starNames(text: string): readonly string[] | undefined {
  if (/^__all__\s*(?:\+=|\.|:)/m.test(text)) return undefined;
  const all = /^__all__\s*=\s*(?:\[([^\]]*)\]|\(([^)]*)\))[ \t]*(?:#.*)?$/m.exec(text);
  if (all !== null) {
    const body = (all[1] ?? all[2] ?? "").replace(/#.*$/gm, "");
    if (!/^(?:\s*(?:"\w+"|'\w+')\s*,?)*\s*$/.test(body)) return undefined;
    const listed = [...body.matchAll(/["'](\w+)["']/g)].flatMap((found) => found[1] ?? []);
    return [...listed, ...registered(text)];
  }
  if (
    /^__all__\b/m.test(text) ||
    /^(?:if|try|for|while|with|match|del|exec)\b/m.test(text) ||
    /^\s+global\s/m.test(text) ||
    /^[^\s#"'][^\n#"']*;/m.test(text) ||
    /^from\s+\S+\s+import\s+\*/m.test(text)
  )
    return undefined;
  const names = [
    ...text.matchAll(/^(?:async\s+)?(?:def|class)\s+(\w+)/gm),
    ...text.matchAll(/^(\w+)\s*:[^=\n]+=(?!=)/gm),
  ].flatMap((found) => found[1] ?? []);
  return [...names, ...assigned(text), ...imported(text)].filter((name) => !name.startsWith("_"));
}

/** `a = 1`, `a = b = 1`, `a, b = 1, 2`, `(a, *b) = c`. */
const target = String.raw`(?:[(\[][ \t]*)?\*?\w+(?:[ \t]*,[ \t]*\*?\w+)*,?[ \t]*[)\]]?[ \t]*=(?!=)[ \t]*`;
const assigned = (text: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^(?:${target})+`, "gm"))].flatMap(([targets]) => targets.match(/\w+/g) ?? []);

/** A registering decorator, as timm has it, adds the function's name to `__all__`. */
const registered = (text: string): readonly string[] =>
  [...text.matchAll(/^@register\w*(?:\([^\n]*\))?\n(?:@[^\n]*\n)*def\s+(\w+)/gm)].flatMap(
    (found) => found[1] ?? [],
  );

function imported(text: string): readonly string[] {
  const names: string[] = [];
  for (const found of text.matchAll(/^from\s+\S+\s+import\s+(?:\(([^)]*)\)|([^\n(]*))/gm))
    for (const part of (found[1] ?? found[2] ?? "").replace(/#.*$/gm, "").split(",")) {
      const name = /(\w+)\s*$/.exec(part)?.[1];
      if (name !== undefined) names.push(name);
    }
  for (const [, all = ""] of text.matchAll(/^import\s+([^\n#]+)/gm))
    for (const part of all.split(",")) {
      const name = /\bas\s+(\w+)/.exec(part)?.[1] ?? /^\s*(\w+)/.exec(part)?.[1];
      if (name !== undefined) names.push(name);
    }
  return names;
}
