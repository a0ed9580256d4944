/** What a change for less energy never needs: the system, the network, code made at run time, objects from elsewhere. */
const reaches: readonly (readonly [name: string, pattern: RegExp])[] = [
  [
    "the operating system",
    /\bos\s*\.\s*(?:system|popen|exec\w*|spawn\w*|remove|unlink|rmdir|environ|kill)\b/g,
  ],
  [
    "programs, the network or files",
    /\b(?:import|from)\s+(?:subprocess|socket|requests|urllib\w*|http|httpx|aiohttp|ftplib|smtplib|shutil|ctypes|pty|webbrowser|paramiko)\b/g,
  ],
  ["code that is made at run time", /(?<![\w.])(?:eval|exec|compile|__import__)\s*\(/g],
  ["modules by their names", /\bimportlib\b/g],
  ["files", /(?<![\w.])open\s*\(/g],
  ["objects from elsewhere", /\b(?:pickle|dill|marshal|cloudpickle)\b|weights_only\s*=\s*False/g],
  ["code from elsewhere", /\btorch\s*\.\s*hub\b|trust_remote_code\s*=\s*True|\bcpp_extension\b/g],
  ["built-in names", /\b(?:__builtins__|__subclasses__|__globals__)\b/g],
];

const directive = /#\s*ecocompute\s*:/gi;

/** What a change adds that it has no business with; `undefined` when nothing. */
export function addedReach(before: string, after: string): string | undefined {
  const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
  if (count(after, directive) > count(before, directive))
    return "a comment that tells the engine what to see";
  return reaches.find(([, pattern]) => count(after, pattern) > count(before, pattern))?.[0];
}
