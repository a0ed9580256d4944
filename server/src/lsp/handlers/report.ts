import {
  type CancellationToken,
  LSPErrorCodes,
  ResponseError,
  type WorkDoneProgressServerReporter,
} from "vscode-languageserver/node";
import { pathOfUri } from "../../host/paths.ts";
import { type ReportAnswer, reportMethod } from "../../protocol/report-request.ts";
import type { Handler, ServerContext } from "../handler.ts";
import { createReportMaker, type ReportMaker } from "../workspace-report.ts";

/** A shorter report needs no progress bar. */
const patience = 400;

export const report: Handler = {
  capabilities: () => ({}),
  register(context) {
    const maker = createReportMaker(context.session, context.models);
    context.connection.onRequest(
      reportMethod,
      async (params: unknown, token: CancellationToken): Promise<ReportAnswer> => {
        await context.session.ready;
        const uri = uriIn(params);
        if (uri !== undefined) return maker.ofFile(uri, pathOfUri(uri));
        context.status.analyzing("the workspace");
        try {
          return await ofWorkspace(maker, context, token);
        } finally {
          context.status.ready();
        }
      },
    );
  },
};

async function ofWorkspace(
  maker: ReportMaker,
  { connection, features }: ServerContext,
  token: CancellationToken,
): Promise<ReportAnswer> {
  const began = performance.now();
  let bar: WorkDoneProgressServerReporter | undefined;
  let asked = false;
  const showBar = async (): Promise<void> => {
    bar = await connection.window.createWorkDoneProgress();
    bar.begin("EcoCompute", undefined, "checking the workspace", true);
  };
  try {
    const made = await maker.ofWorkspace(
      () => token.isCancellationRequested || bar?.token.isCancellationRequested === true,
      (count) => {
        bar?.report(`${count.toLocaleString("en-US")} files checked`);
        if (asked || !features.workDoneProgress || performance.now() - began < patience) return;
        asked = true;
        showBar().catch((error: unknown) => connection.console.warn(`no progress shown: ${String(error)}`));
      },
    );
    if (made !== undefined) return made;
    throw new ResponseError(LSPErrorCodes.RequestCancelled, "The report was cancelled.");
  } finally {
    bar?.done();
  }
}

/** The document that a report of one file is about; `undefined` for the workspace. */
function uriIn(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null || !("scope" in params)) return undefined;
  const { scope } = params;
  if (typeof scope !== "object" || scope === null || !("uri" in scope)) return undefined;
  return typeof scope.uri === "string" ? scope.uri : undefined;
}
