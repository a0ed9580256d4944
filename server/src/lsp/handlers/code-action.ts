import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type Command,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import type { AnalyzedFile } from "../../analysis/analyzer.ts";
import type { Finding } from "../../analysis/finding.ts";
import { applySafeFixes } from "../../analysis/fix-all.ts";
import { suppressInFile, suppressOnLine } from "../../analysis/suppress.ts";
import { type Edit, positionAt, type Span } from "../../base/text.ts";
import { questions } from "../ask-user.ts";
import type { ClientFeatures } from "../client-features.ts";
import { fixAllKind, isWanted } from "../code-action-kinds.ts";
import { diagnosticOf, spanOf, textEditOf } from "../convert.ts";
import type { Snapshot } from "../documents.ts";
import { answering, type Handler } from "../handler.ts";
import { withModelFindings, withModels } from "../model-findings.ts";
import type { EstimatedModels } from "../models.ts";
import { openRulePageCommand } from "./open-rule-page.ts";

export const codeAction: Handler = {
  capabilities: (features) => ({
    codeActionProvider: {
      codeActionKinds: [CodeActionKind.QuickFix, fixAllKind],
      resolveProvider: features.codeActions.resolveEdit,
    },
  }),
  register(context) {
    const { connection, session, models, features } = context;
    const answer = ({
      textDocument,
      range,
      context: { only },
    }: CodeActionParams): (CodeAction | Command)[] => {
      const open = session.snapshot(textDocument.uri);
      if (open === undefined || !features.codeActions.literals) return [];
      const snapshot = withModels(open, models);
      const actions: CodeAction[] = [];
      if (isWanted(CodeActionKind.QuickFix, only)) {
        const asked = spanOf(snapshot.file.text, snapshot.starts, range);
        const findings = snapshot.file.findings.filter(({ span }) => meets(span, asked));
        const edited = editedUnder(snapshot, models.of(textDocument.uri));
        actions.push(...quickFixes(snapshot, findings, edited, features));
        const line = positionAt(snapshot.starts, asked.start).line;
        actions.push(
          ...questions(snapshot, models.of(textDocument.uri))
            .filter(({ at }) => positionAt(snapshot.starts, at).line === line)
            .map(({ title, edit }) => answerQuestion(title, workspaceEdit(snapshot, [edit], features))),
        );
      }
      if (isWanted(fixAllKind, only)) {
        const lazily = only === undefined && features.codeActions.resolveEdit;
        actions.push(...fixAllActions(snapshot, features, lazily));
      }
      return actions;
    };
    connection.onCodeAction(answering("code actions", context, [], answer));
    connection.onCodeActionResolve((action) =>
      answering("resolving a code action", context, action, () => {
        const uri: unknown = action.data?.uri;
        const snapshot = typeof uri === "string" ? session.snapshot(uri) : undefined;
        return snapshot === undefined ? action : { ...action, edit: fixAllEdit(snapshot, features) };
      })(action),
    );
  },
};

const answerQuestion = (title: string, edit: WorkspaceEdit): CodeAction => ({
  title,
  kind: CodeActionKind.QuickFix,
  edit,
});

const meets = (a: Span, b: Span): boolean => a.start <= b.end && b.start <= a.end;

/** What would be found after an edit. */
type Edited = (edit: Edit) => AnalyzedFile;

const editedUnder =
  ({ scope: { linter }, file }: Snapshot, estimated: EstimatedModels | undefined): Edited =>
  (edit) =>
    withModelFindings(linter.preview(file, [edit]), estimated, linter);

function quickFixes(
  snapshot: Snapshot,
  findings: readonly Finding[],
  edited: Edited,
  features: ClientFeatures,
): readonly CodeAction[] {
  return [
    ...findings.flatMap((finding) => fixesOf(finding, snapshot, features)),
    ...findings.flatMap((finding) => lineSuppression(finding, snapshot, edited, features)),
    ...onePerRule(findings).flatMap((finding) => fileSuppression(finding, snapshot, edited, features)),
    ...onePerRule(findings).map(showPage),
  ];
}

function fixesOf(finding: Finding, snapshot: Snapshot, features: ClientFeatures): readonly CodeAction[] {
  const diagnostics = [diagnosticOf(finding, snapshot.uri, snapshot.starts, features.diagnostics)];
  if (finding.fixes.length === 0) {
    if (finding.manual === undefined || !features.codeActions.disabled) return [];
    return [
      {
        title: `Fix ${finding.rule.id} by hand`,
        kind: CodeActionKind.QuickFix,
        diagnostics,
        disabled: { reason: finding.manual },
      },
    ];
  }
  return finding.fixes.map((fix) => ({
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    diagnostics,
    ...(features.codeActions.isPreferred && fix.safety === "safe" ? { isPreferred: true } : {}),
    edit: workspaceEdit(snapshot, fix.edits, features),
  }));
}

function lineSuppression(
  finding: Finding,
  snapshot: Snapshot,
  edited: Edited,
  features: ClientFeatures,
): readonly CodeAction[] {
  const edit = suppressOnLine(snapshot.file, finding, edited);
  if (edit === undefined) return [];
  return [
    {
      title: `Disable ${finding.rule.id} for this line`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnosticOf(finding, snapshot.uri, snapshot.starts, features.diagnostics)],
      edit: workspaceEdit(snapshot, [edit], features),
    },
  ];
}

function fileSuppression(
  finding: Finding,
  snapshot: Snapshot,
  edited: Edited,
  features: ClientFeatures,
): readonly CodeAction[] {
  const edit = suppressInFile(snapshot.file, finding, edited);
  if (edit === undefined) return [];
  return [
    {
      title: `Disable ${finding.rule.id} for this file`,
      kind: CodeActionKind.QuickFix,
      edit: workspaceEdit(snapshot, [edit], features),
    },
  ];
}

function showPage({ rule }: Finding): CodeAction {
  const title = `Show documentation for ${rule.id}`;
  return {
    title,
    kind: CodeActionKind.QuickFix,
    command: { title, command: openRulePageCommand, arguments: [rule.id] },
  };
}

const onePerRule = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((finding, i) => findings.findIndex((each) => each.rule === finding.rule) === i);

function fixAllActions(snapshot: Snapshot, features: ClientFeatures, lazily: boolean): readonly CodeAction[] {
  const isFixable = snapshot.file.findings.some(({ fixes }) => fixes.some((fix) => fix.safety === "safe"));
  if (!isFixable) return [];
  const action: CodeAction = { title: "Fix all safe EcoCompute findings", kind: fixAllKind };
  return lazily
    ? [{ ...action, data: { uri: snapshot.uri } }]
    : [{ ...action, edit: fixAllEdit(snapshot, features) }];
}

function fixAllEdit(snapshot: Snapshot, features: ClientFeatures): WorkspaceEdit {
  const { scope, path, file } = snapshot;
  const { edits } = applySafeFixes(file, (text) => scope.linter.analyze(path, text));
  return workspaceEdit(snapshot, edits, features);
}

function workspaceEdit(snapshot: Snapshot, edits: readonly Edit[], features: ClientFeatures): WorkspaceEdit {
  const { uri, version, starts } = snapshot;
  const changes = edits.map((edit) => textEditOf(starts, edit));
  return features.documentChanges
    ? { documentChanges: [{ textDocument: { uri, version }, edits: changes }] }
    : { changes: { [uri]: changes } };
}
