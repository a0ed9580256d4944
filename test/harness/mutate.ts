const noise: readonly string[] = [
  '"""',
  "'",
  "(",
  "[",
  "{",
  ")",
  ":",
  "\n",
  "\r\n",
  "\t",
  "@",
  "\\",
  "#",
  "\0",
  "\ufeff",
  "🙂",
  "def ",
  "class ",
  "lambda",
  "else:",
  "`",
  "$",
];

/** Breaks a file as typing, merging and lost disk blocks do. */
export function mutate(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const length = Math.floor(random() * 200);
  switch (Math.floor(random() * 5)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + (noise[Math.floor(random() * noise.length)] ?? "") + text.slice(at);
    case 2:
      return text.slice(0, at);
    case 3:
      return text.slice(0, at) + text.slice(at, at + length).repeat(3) + text.slice(at + length);
    default:
      return (
        text.slice(0, at) + [...text.slice(at, at + length)].reverse().join("") + text.slice(at + length)
      );
  }
}
