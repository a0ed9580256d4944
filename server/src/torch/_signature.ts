/** A parameter list in Python's notation, parsed once: `(input, *size, dim=None, **kwargs)`. */
export interface Signature {
  readonly positional: readonly string[];
  /** Name of `*rest`. */
  readonly rest: string | undefined;
  readonly keywordOnly: readonly string[];
  /** Parameters without a default; the value of a default is the op's business. */
  readonly required: readonly string[];
  /** True when `**kwargs` swallows what is not named. */
  readonly anyKeyword: boolean;
}

const parsed = new Map<string, Signature>();

export function signatureOf(text: string): Signature {
  const seen = parsed.get(text);
  if (seen !== undefined) return seen;
  const signature = parse(text);
  parsed.set(text, signature);
  return signature;
}

function parse(text: string): Signature {
  const positional: string[] = [];
  const keywordOnly: string[] = [];
  const required: string[] = [];
  let rest: string | undefined;
  let anyKeyword = false;
  let target = positional;
  for (const part of text.replace(/^\(|\)$/g, "").split(",")) {
    const [name = "", fallback] = part.trim().split("=");
    if (name === "") continue;
    if (name.startsWith("**")) anyKeyword = true;
    else if (name === "*") target = keywordOnly;
    else if (name.startsWith("*")) {
      rest = name.slice(1);
      target = keywordOnly;
    } else {
      target.push(name);
      if (fallback === undefined) required.push(name);
    }
  }
  return { positional, rest, keywordOnly, required, anyKeyword };
}
