/** An address that may be given a secret: https, or this machine. Without the slashes at its end. */
export function safeAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isLocal = url.protocol === "http:" && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !isLocal) return undefined;
  return text.replace(/\/+$/, "");
}
