/** A run of top-level statements: one class or function under its name, or whatever stands between them. */
export interface Part {
  /** `undefined` for statements that run when the module does. */
  readonly name: string | undefined;
  readonly text: string;
}

/**
 * Splits a module at its undecorated classes and functions, read off the lines that start in the first column. For code
 * that keeps text inside of brackets and strings away from there, as the prelude does: a test parses all parts.
 */
export function definitionsIn(text: string): readonly Part[] {
  const parts: Part[] = [];
  let rest = "";
  let isDecorated = false;
  const flush = (): void => {
    if (rest.trim() !== "") parts.push({ name: undefined, text: rest });
    rest = "";
  };
  for (const [piece] of text.matchAll(/(?:^[^\s)\]}][^\n]*\n?|^\n)(?:(?:[ \t)\]}][^\n]*)?\n)*/gm)) {
    const name = isDecorated ? undefined : /^(?:class|def) (\w+)/.exec(piece)?.[1];
    isDecorated = piece.startsWith("@");
    if (name === undefined) rest += piece;
    else {
      flush();
      parts.push({ name, text: piece });
    }
  }
  flush();
  return parts;
}
