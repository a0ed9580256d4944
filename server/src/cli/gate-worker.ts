import type { AnalyzedFile } from "../analysis/analyzer.ts";
import { lineFinder } from "../analysis/estimate-report.ts";
import { languageModels } from "../analysis/language-model-report.ts";
import { optimizerOf } from "../analysis/optimizer-choice.ts";
import { withFindings } from "../analysis/place-model-findings.ts";
import { reportFindings } from "../analysis/report-of.ts";
import { onceEach, runModelRules } from "../analysis/run-model-rules.ts";
import { type CostRequest, resolveScenario } from "../analysis/scenario.ts";
import { lineStarts, positionAt } from "../base/text.ts";
import { allowanceAt, withoutReason } from "../gate/allow-cost.ts";
import type { GateFinding } from "../gate/gate-result.ts";
import { languageModelSnapshot } from "../gate/language-model-snapshot.ts";
import type { FileSnapshot, ModelSnapshot } from "../gate/snapshot.ts";
import { takeSnapshot } from "../gate/take-snapshot.ts";
import type { FoundConfig } from "../host/find-config.ts";
import { hubConfigText } from "../host/hub-cache.ts";
import { createLinter, type Linter } from "../host/linter.ts";
import { createInterpreter, defaultLimits } from "../host/model-session.ts";
import { parserBinaries } from "../host/parser-binaries.ts";
import { folderOf, isInside, relativeTo } from "../host/paths.ts";
import { openTree, type Tree, type TreeSource, treeFiles } from "../host/tree.ts";
import { estimateModels, type ModelEstimate } from "../model/estimate-model.ts";
import type { Interpreter } from "../model/interpreter.ts";
import type { DetailedFinding } from "../report/detailed-report.ts";
import { rules } from "../rules/registry.gen.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { firstError } from "../syntax/first-error.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax } from "../syntax/source-file.ts";
import { createGateConfigs, type PolicySource } from "./gate-policy.ts";

export type Side = "base" | "head";

/** What a thread is told when it starts: plain data. */
export interface GateStart {
  readonly base: TreeSource;
  readonly head: TreeSource;
  readonly policy: PolicySource;
  readonly request: CostRequest;
  /** Folders of installed packages. */
  readonly packages: readonly string[];
  /** Milliseconds for the models of one file. */
  readonly milliseconds: number;
}

export interface GateTask {
  readonly side: Side;
  /** Relative to the root of the side. */
  readonly path: string;
  /** Ask for findings, not for models alone. */
  readonly findings: boolean;
  readonly models: boolean;
}

/**
 * Of the interpreter for one file: twenty times what the largest models of torchvision take. A script that trains as it is read would go on
 * until its time is over, on every run; what a number of steps ends is the same on every machine and can be kept.
 */
const steps = 5_000_000;

const modelRules = rules.filter((rule) => rule.onModel !== undefined);

/** Answers tasks one after the other; a fault of ours costs one answer and is told in it. */
export async function createGateWorker(start: GateStart): Promise<(task: GateTask) => FileSnapshot> {
  const syntax = createSyntax(await loadPythonParser(parserBinaries()));
  const resolved = resolveScenario(start.request);
  if (resolved.kind === "error") throw new Error(resolved.message);
  const trees: Readonly<Record<Side, Tree>> = { base: openTree(start.base), head: openTree(start.head) };
  const configOf = createGateConfigs(start.policy, trees);
  const { packages } = start;
  const interpreters = new Map<string, Interpreter>();
  const linters = new Map<string, Linter>();

  const rootsOf = ({ root }: Tree): readonly string[] => [root, `${root}/src`];
  const interpreterFor = (side: Side, folder: string): Interpreter => {
    const key = `${side}\n${folder}`;
    const known = interpreters.get(key);
    if (known !== undefined) return known;
    const tree = trees[side];
    // What one folder's programs imported is of no use to another's.
    for (const other of interpreters.keys()) if (other.startsWith(`${side}\n`)) interpreters.delete(other);
    const made = createInterpreter({
      syntax,
      files: treeFiles(tree, packages),
      roots: [...new Set([folder, ...rootsOf(tree), ...packages])],
      limits: { ...defaultLimits, steps, milliseconds: start.milliseconds },
      now: () => performance.now(),
    });
    interpreters.set(key, made);
    return made;
  };
  const linterFor = (
    side: Side,
    found: FoundConfig,
    onCrash: Parameters<typeof createLinter>[0]["onCrash"],
  ) => {
    const key = `${side}\n${found.path ?? ""}\n${found.torch?.version.join(".") ?? ""}`;
    const known = linters.get(key);
    if (known !== undefined) return known;
    const tree = trees[side];
    const made = createLinter({
      syntax,
      rules,
      config: found.config,
      folder: found.folder,
      baseline: undefined,
      torch: found.config.torchVersion ?? found.torch?.version,
      files: treeFiles(tree, packages),
      roots: rootsOf(tree),
      onCrash,
    });
    linters.set(key, made);
    return made;
  };

  let crashes: string[] = [];
  return ({ side, path, findings, models }) => {
    const tree = trees[side];
    const read = tree.python(path);
    const empty: FileSnapshot = { path, models: [], findings: [], broken: null, problems: [] };
    if (read.kind === "unreadable") return { ...empty, problems: [`It was not read: ${read.why}.`] };
    const { text } = read;
    const file = `${tree.root}/${path}`;
    const conflict = conflictLine(text);
    if (conflict !== undefined) return { ...empty, broken: { kind: "conflict", line: conflict } };
    crashes = [];
    try {
      const linter = linterFor(side, configOf(path), (rule, error) => {
        crashes.push(`The rule \`${rule.id}\` failed: ${messageOf(error)}.`);
      });
      const analyzed = findings ? linter.analyze(file, text) : undefined;
      const source = analyzed?.source ?? syntax.parse(text);
      const broken = errorLine(source);
      const estimates = models
        ? estimateModels(interpreterFor(side, folderOf(file)), {
            file,
            source,
            training: start.request.mode === "train",
            ...servingOf(start.request),
          })
        : [];
      const named =
        analyzed === undefined ? [] : reportFindings(withModelFindings(analyzed, estimates, linter), path);
      return {
        path,
        models: models ? snapshots(estimates, source, path, tree) : [],
        findings: named.map(findingOf),
        broken: broken === undefined ? null : { kind: "syntax-error", line: broken },
        problems: [
          ...new Set(crashes),
          ...withoutReason(text).map(
            (line) => `\`allow-cost\` on line ${line} gives no reason: it allows nothing.`,
          ),
        ],
      };
    } catch (error) {
      return { ...empty, problems: [`It could not be analyzed: ${messageOf(error)}.`] };
    }
  };

  function withModelFindings(
    analyzed: AnalyzedFile,
    estimates: readonly ModelEstimate[],
    linter: Linter,
  ): AnalyzedFile {
    const { path: file, text } = analyzed;
    const settings = {
      rules: modelRules,
      accelerator: accelerator(),
      onCrash: (rule: { readonly id: string }, error: unknown) => {
        crashes.push(`The rule \`${rule.id}\` failed: ${messageOf(error)}.`);
      },
    };
    const found = estimates.flatMap((each) => runModelRules(each, { file, text }, settings));
    return withFindings(analyzed, linter.modelFindings(analyzed, onceEach(found)));
  }

  /** Nothing is held against an accelerator that nobody named. */
  function accelerator() {
    return resolved.kind === "error" || start.request.isStandard === true
      ? undefined
      : resolved.scenario.accelerator;
  }

  function snapshots(
    estimates: readonly ModelEstimate[],
    source: SourceFile,
    path: string,
    tree: Tree,
  ): readonly ModelSnapshot[] {
    if (resolved.kind === "error") return [];
    const textOf = (file: string): string | undefined => {
      const text = tree.python(file);
      return text.kind === "text" ? text.text : undefined;
    };
    const files = treeFiles(tree, packages);
    const settings = {
      scene: resolved,
      optimizer: optimizerOf(`${tree.root}/${path}`, source),
      lines: lineFinder((file) => files.readText(file)),
      relative: (file: string) =>
        isInside(file, tree.root) && tree.idOf(relativeTo(tree.root, file)) !== undefined
          ? relativeTo(tree.root, file)
          : undefined,
      path,
      allowedAt: (file: string, line: number) => {
        const text = textOf(file);
        return text === undefined ? null : allowanceAt(text, line);
      },
    };
    return [
      ...estimates.map((each) => takeSnapshot(each, settings)),
      ...languageModels(`${tree.root}/${path}`, source, start.request, hubConfigText).map((each) =>
        languageModelSnapshot(each, path, settings.allowedAt(path, each.line)),
      ),
    ];
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const servingOf = ({ mode, context }: CostRequest) =>
  mode === "prefill" || mode === "decode" ? { serving: { phase: mode, context } } : {};

const findingOf = ({ related, saving, fixes, ...finding }: DetailedFinding): GateFinding => finding;

/** The line, from 1, of the first marker of a merge that was not finished; all three kinds have to be there. */
function conflictLine(text: string): number | undefined {
  if (!/^={7}\r?$/m.test(text) || !/^>{7} /m.test(text)) return undefined;
  const first = /^<{7} /m.exec(text);
  return first === null ? undefined : positionAt(lineStarts(text), first.index).line + 1;
}

/** The line, from 1, of the first thing that is no Python. */
function errorLine(source: SourceFile): number | undefined {
  const at = firstError(source);
  return at === undefined ? undefined : positionAt(lineStarts(source.text), at).line + 1;
}
