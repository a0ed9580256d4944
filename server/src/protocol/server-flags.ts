/**
 * How Node is told to run the language server. Young objects get 4 MiB in place of 16 MiB: some 40 MB less stay resident,
 * and what a keystroke allocates fits all the same.
 */
export const serverFlags: readonly string[] = ["--max-semi-space-size=4"];
