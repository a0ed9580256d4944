import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { Range } from "../../../server/src/report/report.ts";
import { pythonEditor } from "../documents.ts";
import { type Logs, messageOf } from "../logs.ts";
import { saveScenario } from "../scenario.ts";
import type { Server } from "../server.ts";
import type { AuditAction, AuditsView, AuditToPanel } from "./audit-messages.ts";
import { type FromPanel, type PanelView, readFromPanel, type ToPanel } from "./messages.ts";
import { reportHtml } from "./report-html.ts";
import { createReportSource } from "./report-source.ts";

/** The one report panel of a window. */
export interface ReportPanel extends vscode.Disposable {
  open(view: PanelView): void;
}

/** What the panel shows and does of audits. */
export interface PanelAudits {
  readonly onMessage: vscode.Event<AuditToPanel>;
  view(): Promise<AuditsView>;
  carryOut(action: AuditAction): Promise<void>;
}

export function createReportPanel(
  extensionUri: vscode.Uri,
  server: Server,
  logs: Logs,
  audits: PanelAudits,
): ReportPanel {
  let current: { readonly panel: vscode.WebviewPanel; reveal(view: PanelView): void } | undefined;

  const create = (first: PanelView): void => {
    const dist = vscode.Uri.joinPath(extensionUri, "dist");
    const panel = vscode.window.createWebviewPanel(
      "ecocompute.report",
      "EcoCompute Report",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false },
      { enableScripts: true, localResourceRoots: [dist], enableFindWidget: true },
    );
    panel.iconPath = vscode.Uri.joinPath(extensionUri, "client", "media", "icon.png");
    const post = (message: ToPanel): void => {
      void panel.webview.postMessage(message);
    };
    const source = createReportSource(server, first === "audits" ? "file" : first, post);
    let view = first;
    let asked: PanelView | undefined = first;
    const show = async (wanted: PanelView): Promise<void> => {
      view = wanted;
      if (wanted === "audits") post({ kind: "audits", view: await audits.view() });
      else source.setScope(wanted);
    };
    const listening = audits.onMessage(post);

    const receive = async (message: FromPanel): Promise<void> => {
      switch (message.kind) {
        case "ready": {
          // The command that opened the panel decides first; later on, what the panel showed before it was hidden.
          const wanted = asked ?? message.scope ?? view;
          asked = undefined;
          post({ kind: "view", view: wanted });
          return show(wanted);
        }
        case "scope":
          return show(message.scope);
        case "audit":
          return audits.carryOut(message.action);
        case "retry":
          await server.ensureRunning();
          return source.refresh();
        case "logs":
          return vscode.commands.executeCommand("ecocompute.showLogs");
        case "fixAll":
          return vscode.commands.executeCommand("ecocompute.fixAll");
        case "scenario":
          return message.accelerator === undefined
            ? vscode.commands.executeCommand("ecocompute.chooseScenario")
            : saveScenario(pythonEditor()?.document.uri, "accelerator", message.accelerator);
        case "page":
          return openPage(message.page);
        case "open":
          return openRange(vscode.Uri.parse(message.file), message.range, message.stay, panel.viewColumn);
      }
    };
    panel.webview.onDidReceiveMessage((raw: unknown) => {
      const message = readFromPanel(raw);
      if (message === undefined) return;
      receive(message).catch((error: unknown) => {
        logs.client.error(`report panel: ${messageOf(error)}`);
        void vscode.window.showErrorMessage(`EcoCompute: ${messageOf(error)}`);
      });
    });
    panel.onDidDispose(() => {
      source.dispose();
      listening.dispose();
      current = undefined;
    });
    panel.webview.html = reportHtml({
      cspSource: panel.webview.cspSource,
      script: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, "report-panel.js")).toString(),
      style: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, "report-panel.css")).toString(),
      nonce: randomBytes(16).toString("base64url"),
    });
    current = {
      panel,
      reveal: (wanted) => {
        panel.reveal(undefined, false);
        if (wanted === view) return post({ kind: "focus" });
        post({ kind: "view", view: wanted });
        // A failure of it is shown by the panel itself.
        void show(wanted);
      },
    };
  };

  return {
    open: (view) => {
      if (current === undefined) create(view);
      else current.reveal(view);
    },
    dispose: () => current?.panel.dispose(),
  };
}

/** Shows the range in an editor that does not cover the panel. */
async function openRange(
  uri: vscode.Uri,
  range: Range,
  stay: boolean,
  panelColumn: vscode.ViewColumn | undefined,
): Promise<void> {
  const shown = vscode.window.visibleTextEditors.find(
    (editor) => editor.document.uri.toString() === uri.toString(),
  );
  const elsewhere = panelColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Beside : vscode.ViewColumn.One;
  await vscode.window.showTextDocument(uri, {
    viewColumn: shown?.viewColumn ?? elsewhere,
    preserveFocus: stay,
    selection: new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character),
  });
}

async function openPage(page: string): Promise<void> {
  const uri = vscode.Uri.parse(page);
  if (uri.scheme !== "https") throw new Error(`the page of a rule is not on the web: ${page}`);
  await vscode.env.openExternal(uri);
}
