import type { CancellationToken } from "vscode-languageserver/node";
import * as z from "zod";
import { applyTextEdits } from "../../audit/apply-edits.ts";
import { locationName, projectName } from "../../audit/service.ts";
import {
  type AuditAnswer,
  type AuditBody,
  type AuditChange,
  type AuditPlan,
  type AuditPlanParams,
  type AuditTestAnswer,
  type AuditTestParams,
  auditBodyMethod,
  auditChangeMethod,
  auditPlanMethod,
  auditRunMethod,
  auditTestMethod,
} from "../../protocol/audit.ts";
import { contained, type Handler, type ServerContext } from "../handler.ts";
import { requestOfScope } from "../scenario-of.ts";

const provider = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("gemini") }),
  z.object({
    kind: z.literal("vertex"),
    project: z.string().regex(projectName, "this is no name of a project of Google Cloud"),
    location: z.string().regex(locationName, "this is no location of Google Cloud"),
  }),
  z.object({ kind: z.literal("editor"), model: z.string().min(1).max(200) }),
]);
const baseUrl = z.url({ protocol: /^https?$/ });
const testParams: z.ZodType<AuditTestParams> = z.object({
  baseUrl,
  models: z.array(z.unknown()),
  provider: provider.exactOptional(),
});
const planParams: z.ZodType<AuditPlanParams> = z.object({
  uri: z.string(),
  task: z.enum([
    "audit-file",
    "audit-model",
    "audit-selection",
    "explain-finding",
    "fix-finding",
    "follow-up",
  ]),
  focus: z.string().nullable(),
  question: z.string().nullable(),
  level: z.union([z.literal(1), z.literal(2), z.literal(3)]).nullable(),
  search: z.boolean(),
  baseUrl,
  maxUsd: z.number().min(0),
  maxUsdPerDay: z.number().min(0),
  models: z.array(z.unknown()),
  provider: provider.exactOptional(),
  followUp: z
    .object({
      audit: z.int(),
      report: z.string().max(200_000),
      turns: z.array(z.object({ question: z.string(), answer: z.string() })).max(50),
    })
    .exactOptional(),
});
const changeParams = z.object({
  uri: z.string(),
  edits: z.array(z.object({ find: z.string(), replace: z.string() })),
});
const runParams = z.object({ id: z.int() });
const bodyParams = z.object({
  fetch: z.int(),
  text: z.string().optional(),
  isBroken: z.boolean().optional(),
});

/** Audits by Gemini: planned here, consented to and carried out over the network by the client. */
export const audit: Handler = {
  capabilities: () => ({}),
  register(context) {
    const { connection, audits, log } = context;
    connection.onRequest<AuditPlan, unknown>(auditPlanMethod, async (params: unknown): Promise<AuditPlan> => {
      const read = planParams.safeParse(params);
      return read.success ? plan(read.data, context) : { kind: "none", why: z.prettifyError(read.error) };
    });
    connection.onRequest<AuditAnswer, unknown>(
      auditRunMethod,
      (params: unknown, token: CancellationToken): Promise<AuditAnswer> => {
        const { id } = runParams.parse(params);
        return audits.run(id, (cancel) => void token.onCancellationRequested(cancel));
      },
    );
    connection.onRequest<AuditTestAnswer, unknown>(
      auditTestMethod,
      async (params: unknown): Promise<AuditTestAnswer> => {
        const read = testParams.safeParse(params);
        return read.success
          ? audits.test(read.data)
          : { kind: "problem", problem: "bad-request", message: z.prettifyError(read.error) };
      },
    );
    connection.onRequest<AuditChange, unknown>(auditChangeMethod, (params: unknown): AuditChange => {
      const { uri, edits } = changeParams.parse(params);
      const snapshot = context.session.snapshot(uri);
      if (snapshot === undefined) return { kind: "none", why: "the file is not open" };
      const applied = applyTextEdits(snapshot.file.text, edits);
      return applied.kind === "applied"
        ? { kind: "text", text: applied.text }
        : { kind: "none", why: applied.why };
    });
    connection.onNotification(
      auditBodyMethod,
      contained("the body of a request", log, (params: unknown) => audits.body(readBody(params))),
    );
  },
};

function readBody(params: unknown): AuditBody {
  const { fetch, text, isBroken } = bodyParams.parse(params);
  return { fetch, ...(text !== undefined && { text }), ...(isBroken !== undefined && { isBroken }) };
}

async function plan(
  asked: AuditPlanParams,
  { session, audits, packagesOf }: ServerContext,
): Promise<AuditPlan> {
  await session.ready;
  const snapshot = session.snapshot(asked.uri);
  if (snapshot === undefined) return { kind: "none", why: "the file is not open" };
  const request = requestOfScope(snapshot.scope, new Date().toISOString().slice(0, 10));
  return audits.plan({
    file: snapshot.path,
    text: snapshot.file.text,
    roots: packagesOf(snapshot),
    request,
    asked,
  });
}
