const most = 80;
const end = 30;

/** Code on one line, as a message can quote it: of a long piece its beginning and its end. */
export function oneLine(code: string): string {
  const text = code.replace(/\s+/g, " ").trim();
  return text.length <= most ? text : `${text.slice(0, most - end)}…${text.slice(-end)}`;
}
