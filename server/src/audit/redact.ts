/** What was taken out of a text before it is shown and sent. */
export interface Redacted {
  readonly text: string;
  /** Sort of secret and how often it was found. */
  readonly removed: ReadonlyMap<string, number>;
}

interface Secret {
  readonly name: string;
  readonly pattern: RegExp;
}

const secrets: readonly Secret[] = [
  {
    name: "private key",
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  { name: "AWS access key", pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  { name: "Google API key", pattern: /\bAIza[\w-]{35}|\bAQ\.[\w-]{30,}/g },
  { name: "GitHub token", pattern: /\b(?:gh[pousr]_\w{30,}|github_pat_\w{40,})/g },
  { name: "Hugging Face token", pattern: /\bhf_[A-Za-z0-9]{20,}/g },
  { name: "OpenAI key", pattern: /\bsk-[\w-]{20,}/g },
  { name: "Slack token", pattern: /\bxox[abeoprs]-[\w-]{10,}|https:\/\/hooks\.slack\.com\/services\/\S+/g },
  { name: "Weights & Biases key", pattern: /(?<=WANDB_API_KEY["'\s:=]{1,6})[0-9a-f]{40}/g },
  { name: "JSON web token", pattern: /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}/g },
  {
    name: "password in an address",
    pattern: /(?<=\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s:@/'"]{1,64}:)[^\s@/'"]{1,128}(?=@)/gi,
  },
  {
    name: "secret by its name",
    pattern:
      /(?<=\b\w{0,40}(?:api_?key|secret|passwd|password|auth_?token|access_?token|credential)\w{0,20}["']?\s{0,4}[:=]\s{0,4}[rbfu]{0,2}["'])[^"'\n]{6,256}(?=["'])/gi,
  },
  { name: "e-mail address", pattern: /\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b/g },
  {
    name: "path of a home folder",
    pattern: /(?:\/home\/|\/Users\/|\/root\/|\b[A-Za-z]:\\+Users\\+)[^\s"'`:*?<>|,;)\]}]*/g,
  },
];

/** Takes out secrets and paths that say who and where. Line breaks stay, so that line numbers stay true. */
export function redact(text: string): Redacted {
  const removed = new Map<string, number>();
  let result = text;
  for (const { name, pattern } of secrets) {
    result = result.replace(pattern, (found) => {
      removed.set(name, (removed.get(name) ?? 0) + 1);
      return `<${name} removed>${"\n".repeat(found.split("\n").length - 1)}`;
    });
  }
  return { text: result, removed };
}
