import * as vscode from "vscode";

const name = "ecocompute.geminiApiKey";

/** The key, which never leaves this process but in the header of a request that the user consented to. */
export interface ApiKey {
  get(): Promise<string | undefined>;
  /** Asks for one and keeps it in the secret storage of the editor. */
  ask(): Promise<string | undefined>;
  clear(): Promise<void>;
}

export const createApiKey = (secrets: vscode.SecretStorage): ApiKey => ({
  get: async () => secrets.get(name),
  async ask() {
    const typed = await vscode.window.showInputBox({
      title: "Gemini API key",
      prompt:
        "Kept in the secret storage of the editor. With a key of the unpaid tier Google may use what is sent.",
      password: true,
      ignoreFocusOut: true,
      validateInput: (value) => (/\s/.test(value.trim()) ? "A key has no blanks." : undefined),
    });
    const key = typed?.trim();
    if (key === undefined || key === "") return undefined;
    await secrets.store(name, key);
    return key;
  },
  clear: async () => secrets.delete(name),
});
