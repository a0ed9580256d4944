import * as vscode from "vscode";
import {
  type ModelsAnswer,
  type ModelsParams,
  modelsMethod,
} from "../../../server/src/protocol/models-request.ts";
import {
  type ReportAnswer,
  type ReportParams,
  type ReportScope,
  reportMethod,
} from "../../../server/src/protocol/report-request.ts";
import type { Report } from "../../../server/src/report/report.ts";
import { isPython, pythonEditor } from "../documents.ts";
import { messageOf } from "../logs.ts";
import type { Server } from "../server.ts";
import type { PanelReport, PanelScope, ToPanel } from "./messages.ts";
import { replaceFiles } from "./replace-files.ts";

/** Milliseconds without a further change after which the panel asks for a new report. */
const settle = 150;

const noModels: ModelsAnswer = { models: [], isStale: false };

/** Keeps a report of the chosen scope up to date and hands every new state of it to `show`. */
export interface ReportSource extends vscode.Disposable {
  readonly scope: PanelScope;
  setScope(scope: PanelScope): void;
  refresh(): void;
}

export function createReportSource(
  server: Server,
  first: PanelScope,
  show: (state: ToPanel) => void,
): ReportSource {
  let scope = first;
  let document = pythonEditor()?.document.uri;
  let last: Report | undefined;
  let running: vscode.CancellationTokenSource | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** URIs to ask for anew; `everything` when the whole scope is stale. */
  let stale: Set<string> | "everything" = new Set();

  const ask = async (about: ReportScope, token: vscode.CancellationToken): Promise<Report> =>
    server.request<ReportParams, ReportAnswer>(reportMethod, { scope: about }, token);

  /** Models are an extra: findings are shown without them as well. */
  const askModels = (uri: string, token: vscode.CancellationToken): Promise<ModelsAnswer> =>
    server.request<ModelsParams, ModelsAnswer>(modelsMethod, { uri }, token).catch(() => noModels);

  const load = async (): Promise<void> => {
    running?.cancel();
    const source = new vscode.CancellationTokenSource();
    running = source;
    const about = reportScope(scope, document);
    if (about === undefined) {
      last = undefined;
      stale = new Set();
      show({ kind: "nothing", scope });
      return;
    }
    const subject = subjectOf(about);
    const wanted = stale;
    try {
      if (last !== undefined && wanted !== "everything" && about.kind === "workspace") {
        for (const uri of wanted) {
          last = replaceFiles(last, new Set([uri]), await ask({ kind: "file", uri }, source.token));
        }
      } else {
        if (last === undefined) show({ kind: "loading", scope, subject });
        last = await ask(about, source.token);
      }
      const models = about.kind === "file" ? await askModels(about.uri, source.token) : noModels;
      if (source.token.isCancellationRequested) return;
      stale = new Set();
      show({ kind: "report", scope, subject, report: panelReport(last), models });
    } catch (error) {
      if (source.token.isCancellationRequested) return;
      last = undefined;
      show({ kind: "failed", scope, subject, message: messageOf(error) });
    } finally {
      source.dispose();
    }
  };

  const schedule = (delay: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void load(), delay);
  };
  const reload = (): void => {
    last = undefined;
    stale = "everything";
    schedule(0);
  };

  const listeners = vscode.Disposable.from(
    server.onReportChanged(({ uris }) => {
      if (scope === "file" && uris.length > 0 && !uris.includes(document?.toString() ?? "")) return;
      const open = new Set(vscode.workspace.textDocuments.map((each) => each.uri.toString()));
      if (stale === "everything" || uris.length === 0 || uris.some((uri) => !open.has(uri)))
        stale = "everything";
      else for (const uri of uris) stale.add(uri);
      schedule(settle);
    }),
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (editor === undefined || !isPython(editor.document)) return;
      if (editor.document.uri.toString() === document?.toString()) return;
      document = editor.document.uri;
      if (scope === "file") reload();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      if (scope === "workspace") reload();
    }),
  );

  return {
    get scope() {
      return scope;
    },
    setScope(wanted) {
      document = pythonEditor()?.document.uri ?? document;
      scope = wanted;
      reload();
    },
    refresh: reload,
    dispose: () => {
      clearTimeout(timer);
      running?.cancel();
      listeners.dispose();
    },
  };
}

function reportScope(scope: PanelScope, document: vscode.Uri | undefined): ReportScope | undefined {
  if (scope === "file")
    return document === undefined ? undefined : { kind: "file", uri: document.toString() };
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.length === 0 ? undefined : { kind: "workspace" };
}

const subjectOf = (about: ReportScope): string =>
  about.kind === "file" ? labelOf(about.uri) : (vscode.workspace.name ?? "the workspace");

const labelOf = (uri: string): string => vscode.workspace.asRelativePath(vscode.Uri.parse(uri));

function panelReport({ findings, problems, filesChecked }: Report): PanelReport {
  const files = new Set([...findings, ...problems].map((entry) => entry.file));
  return {
    findings,
    problems,
    filesChecked,
    labels: Object.fromEntries([...files].map((file) => [file, labelOf(file)])),
  };
}
