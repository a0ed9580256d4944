import type * as vscode from "vscode";
import type { AuditChatAnswer, AuditChatParams } from "../../../server/src/protocol/audit.ts";

/** What is used of the editor's language models. */
export interface EditorModelApi {
  select(): Thenable<readonly vscode.LanguageModelChat[]>;
  user(text: string): vscode.LanguageModelChatMessage;
  assistant(text: string): vscode.LanguageModelChatMessage;
  cancellation(): vscode.CancellationTokenSource;
}

/** Language models that the editor offers, for audits that were consented to and for nothing else. */
export interface EditorModels {
  /** Those there are, as `vendor/family`, the most able first. To be asked after an action of the user only. */
  names(): Promise<readonly string[]>;
  /** From now on questions of this plan may be put to this model. */
  allow(plan: number, model: string): void;
  /** The audit is over: what is under way is stopped. */
  end(plan: number): void;
  chat(params: AuditChatParams): Promise<AuditChatAnswer>;
}

/** Families by what they are known to do with code; others come behind, larger contexts first. */
const preferred = [
  /gemini.*pro/i,
  /claude.*(?:opus|sonnet)/i,
  /gpt-5|o3|o4/i,
  /gemini/i,
  /claude/i,
  /gpt-4/i,
];

export function createEditorModels(api: EditorModelApi): EditorModels {
  const allowed = new Map<number, string>();
  const open = new Map<number, Set<vscode.CancellationTokenSource>>();
  const nameOf = ({ vendor, family }: vscode.LanguageModelChat): string => `${vendor}/${family}`;
  const rank = ({ family }: vscode.LanguageModelChat): number => {
    const at = preferred.findIndex((pattern) => pattern.test(family));
    return at < 0 ? preferred.length : at;
  };

  const ask = async (
    { id, messages }: AuditChatParams,
    wanted: string,
    source: vscode.CancellationTokenSource,
  ): Promise<AuditChatAnswer> => {
    const model = (await api.select()).find((each) => nameOf(each) === wanted);
    if (model === undefined) return { kind: "failed", why: "no-model" };
    const said = messages.map(({ role, text }) => (role === "user" ? api.user(text) : api.assistant(text)));
    const justification = "You asked for an audit of code, and agreed to what is sent.";
    const response = await model.sendRequest(said, { justification }, source.token);
    let text = "";
    for await (const piece of response.text) {
      text += piece;
      if (source.token.isCancellationRequested || !allowed.has(id))
        return { kind: "failed", why: "cancelled" };
    }
    return { kind: "said", text };
  };

  return {
    async names() {
      const models = [...(await api.select())];
      models.sort((a, b) => rank(a) - rank(b) || b.maxInputTokens - a.maxInputTokens);
      return [...new Set(models.map(nameOf))];
    },
    allow: (plan, model) => void allowed.set(plan, model),
    end(plan) {
      allowed.delete(plan);
      for (const source of open.get(plan) ?? []) source.cancel();
      open.delete(plan);
    },
    async chat(params) {
      const wanted = allowed.get(params.id);
      if (wanted === undefined) return { kind: "failed", why: "no-permission" };
      const source = api.cancellation();
      const sources = open.get(params.id) ?? new Set();
      open.set(params.id, sources.add(source));
      try {
        return await ask(params, wanted, source);
      } catch (error) {
        return { kind: "failed", why: source.token.isCancellationRequested ? "cancelled" : whyOf(error) };
      } finally {
        sources.delete(source);
        source.dispose();
      }
    },
  };
}

/** By the codes of `LanguageModelError`. Its words may quote what was asked. */
function whyOf(error: unknown): Extract<AuditChatAnswer, { readonly kind: "failed" }>["why"] {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  switch (code) {
    case "NoPermissions":
      return "no-permission";
    case "NotFound":
      return "no-model";
    case "Blocked":
      return "blocked";
    default:
      return "failed";
  }
}
