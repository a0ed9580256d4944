import * as vscode from "vscode";
import type { AuditPlan, AuditProvider } from "../../../server/src/protocol/audit.ts";
import type { AuditDocuments } from "./audit-documents.ts";

type Plan = Extract<AuditPlan, { readonly kind: "plan" }>;

/** What becomes of what is sent. */
const terms: Readonly<Record<AuditProvider["kind"], string>> = {
  gemini: "With a key of the unpaid tier Google may use it to improve its products, and people may read it.",
  vertex: "The terms of Google Cloud for your project hold.",
  editor:
    "It goes to the vendor of that model, whose terms hold. What it costs is a matter of your subscription.",
};

const remembered = "ecocompute.auditConsent";

/** Shows the exact text that would be sent and asks. A yes can be remembered for the workspace, recipient by recipient. */
export async function isConsentGiven(
  { plan, provider }: { readonly plan: Plan; readonly provider: AuditProvider },
  documents: AuditDocuments,
  state: vscode.Memento,
): Promise<boolean> {
  const recipient = `${plan.service} at ${plan.host}`;
  if (state.get<readonly string[]>(remembered, []).includes(recipient)) return true;
  const shown = documents.add("what-would-be-sent.txt", plan.text);
  await vscode.window.showTextDocument(shown, {
    preview: true,
    viewColumn: vscode.ViewColumn.Beside,
    preserveFocus: true,
  });
  const removed = plan.removed.map(({ what, count }) => `${what} (${count})`).join(", ");
  const choice = await vscode.window.showInformationMessage(
    `Send this text to ${recipient}?`,
    {
      modal: true,
      detail: [
        `The text beside is all that is sent at first; answers of our engine about it follow when the model asks for them.`,
        `Model: ${plan.model} (level ${plan.level}, ${plan.why}). It can cost up to ${dollars(plan.mostUsd)}.`,
        ...(removed === "" ? [] : [`Taken out before: ${removed}.`]),
        ...(plan.search ? ["Google Search is on: its queries may tell what the code is about."] : []),
        terms[provider.kind],
      ].join("\n\n"),
    },
    "Send",
    "Always Send in This Workspace",
  );
  await closeTabOf(shown);
  if (choice === "Always Send in This Workspace")
    await state.update(remembered, [...state.get<readonly string[]>(remembered, []), recipient]);
  return choice !== undefined;
}

/** What was shown to be agreed to is of no use afterwards. */
async function closeTabOf(shown: vscode.Uri): Promise<void> {
  const isShown = ({ input }: vscode.Tab): boolean =>
    input instanceof vscode.TabInputText && input.uri.toString() === shown.toString();
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter(isShown));
  if (tabs.length > 0) await vscode.window.tabGroups.close(tabs, true);
}

export const forgetConsent = async (state: vscode.Memento): Promise<void> =>
  state.update(remembered, undefined);

const dollars = (usd: number): string => `$${usd < 0.1 ? usd.toFixed(4) : usd.toFixed(2)}`;
