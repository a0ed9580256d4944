import { type Edit, type Span, shift } from "../base/text.ts";
import type { Severity } from "../report/report.ts";
import {
  atLeast,
  type NamedRule,
  type Reported,
  type RuleContext,
  type Version,
  visitNode,
} from "../rules/_rule.ts";
import {
  changeBetween,
  createModule,
  type Dependencies,
  type Module,
  type ModuleChange,
  recordDependencies,
} from "../semantic/module.ts";
import { isModuleClass } from "../semantic/module-class.ts";
import { qualifiedName } from "../semantic/names.ts";
import type { Project } from "../semantic/project.ts";
import type { Kind } from "../syntax/ast.ts";
import type { Chunk, PlacedChunk, SourceFile } from "../syntax/chunk.ts";
import { fileSuppressions, isSuppressedInFile, isSuppressedOnLine } from "./directives.ts";
import type { Finding } from "./finding.ts";

/** Which rules run and how grave their findings are: the part of the configuration that findings depend on. */
export interface RuleSettings {
  readonly rules: readonly NamedRule[];
  readonly torch: Version | undefined;
  /** Overrides of the default severity by rule. */
  readonly severity: ReadonlyMap<string, Severity>;
}

/** Told of a rule that threw: the rule's answer for that piece is lost, nothing else. */
export type OnRuleCrash = (rule: NamedRule, error: unknown) => void;

interface CachedFindings {
  readonly dependencies: Dependencies;
  /** The last state of the file for which they were known to hold. */
  holdIn: SourceFile;
  readonly projectRevision: number;
  readonly reported: readonly { readonly rule: NamedRule; readonly finding: Reported }[];
}

/** One state of a file under the rules. */
interface Run {
  readonly module: Module;
  readonly source: SourceFile;
  readonly previous: SourceFile | undefined;
  readonly change: ModuleChange | undefined;
  readonly isTestFile: boolean;
}

/** Runs rules over files and keeps what each piece of each file gave, for as long as it holds. */
export interface RuleRunner {
  /** @param previous what `source` was edited from, when it was: only what the edit can have changed is looked at again. */
  run(path: string, source: SourceFile, previous?: SourceFile): readonly Finding[];
}

export function createRuleRunner(
  settings: RuleSettings,
  project: Project | undefined,
  onCrash: OnRuleCrash,
): RuleRunner {
  // Keyed by chunk objects, so findings of text that is gone are collected with it.
  const cache = new WeakMap<Chunk, CachedFindings>();
  const dispatch = dispatchTable(activeRules(settings));

  const stillHold = (known: CachedFindings, { module, previous, change }: Run): boolean =>
    known.dependencies.module.path === module.path &&
    (change !== undefined && known.holdIn === previous
      ? known.dependencies.survive(change)
      : known.dependencies.holdFor(module));

  const findingsOf = (chunk: Chunk, run: Run): CachedFindings => {
    const { module, source, isTestFile } = run;
    const known = cache.get(chunk);
    const revision = project?.revision ?? 0;
    if (known?.projectRevision === revision && stillHold(known, run)) {
      known.holdIn = source;
      return known;
    }
    const dependencies = recordDependencies(module);
    const reported = runOnChunk(chunk, dependencies.module, dispatch, settings, project, isTestFile, onCrash);
    const fresh = { dependencies, holdIn: source, projectRevision: revision, reported };
    cache.set(chunk, fresh);
    return fresh;
  };

  return {
    run(path, source, previous) {
      const inFile = fileSuppressions(source);
      if (inFile.some((each) => each.rules === undefined)) return [];
      const run: Run = {
        module: createModule(path, source),
        source,
        previous,
        change: previous === undefined ? undefined : changeBetween(previous, source),
        isTestFile: looksLikeTest(path),
      };
      const starts = new Map(source.chunks.map((placed) => [placed.chunk, placed.start]));
      return source.chunks.flatMap((placed) =>
        findingsOf(placed.chunk, run)
          .reported.filter(({ rule, finding }) => !isSuppressed(placed.chunk, finding.at, rule.id, inFile))
          .flatMap(({ rule, finding }) => place(rule, finding, placed, starts, settings)),
      );
    },
  };
}

const isSuppressed = (
  chunk: Chunk,
  at: Span,
  rule: string,
  inFile: Parameters<typeof isSuppressedInFile>[0],
): boolean => isSuppressedInFile(inFile, rule) || isSuppressedOnLine(chunk, at, rule);

function activeRules(settings: RuleSettings): readonly NamedRule[] {
  return settings.rules.filter(({ torch }) => {
    if (settings.torch === undefined || torch === undefined) return true;
    if (torch.from !== undefined && !atLeast(settings.torch, torch.from)) return false;
    return torch.before === undefined || !atLeast(settings.torch, torch.before);
  });
}

type Dispatch = ReadonlyMap<Kind, readonly NamedRule[]>;

function dispatchTable(rules: readonly NamedRule[]): Dispatch {
  const table = new Map<Kind, NamedRule[]>();
  for (const rule of rules) {
    for (const kind of kindsOf(rule)) {
      const same = table.get(kind);
      if (same === undefined) table.set(kind, [rule]);
      else same.push(rule);
    }
  }
  return table;
}

const isKind = (key: string): key is Kind => /^[A-Z]/.test(key);
const kindsOf = (rule: NamedRule): readonly Kind[] => Object.keys(rule.on).filter(isKind);

function runOnChunk(
  chunk: Chunk,
  module: Module,
  dispatch: Dispatch,
  settings: RuleSettings,
  project: Project | undefined,
  isTestFile: boolean,
  onCrash: OnRuleCrash,
): CachedFindings["reported"] {
  const reported: { readonly rule: NamedRule; readonly finding: Reported }[] = [];
  for (const [kind, rules] of dispatch) {
    const nodes = chunk.nodes.get(kind);
    if (nodes === undefined) continue;
    for (const rule of rules) {
      const ctx: RuleContext = {
        chunk,
        module,
        torch: settings.torch,
        isTestFile,
        qualified: (expr) => qualifiedName(expr, module),
        isModuleClass: (cls) => isModuleClass(cls, module, project),
        text: (node) => chunk.text.slice(node.start, node.end),
        report: (finding) => reported.push({ rule, finding }),
      };
      try {
        for (const node of nodes) visitNode(rule, node, ctx);
      } catch (error) {
        onCrash(rule, error);
      }
    }
  }
  return reported.sort(
    (a, b) => a.finding.at.start - b.finding.at.start || a.finding.at.end - b.finding.at.end,
  );
}

function place(
  rule: NamedRule,
  finding: Reported,
  placed: PlacedChunk,
  starts: ReadonlyMap<Chunk, number>,
  settings: RuleSettings,
): readonly Finding[] {
  const byCertainty = rule.severity[finding.certainty];
  if (byCertainty === "off") return [];
  const edit = (each: Edit): Edit => ({ span: shift(each.span, placed.start), text: each.text });
  return [
    {
      rule,
      category: rule.category,
      severity: settings.severity.get(rule.id) ?? byCertainty,
      certainty: finding.certainty,
      span: shift(finding.at, placed.start),
      message: finding.message,
      fixes: (finding.fixes ?? []).map((fix) => ({ ...fix, edits: fix.edits.map(edit) })),
      manual: finding.manual,
      related: (finding.related ?? []).flatMap((related) => {
        const start = starts.get(related.chunk);
        return start === undefined ? [] : [{ span: shift(related.span, start), message: related.message }];
      }),
    },
  ];
}

/** Tests and benchmarks do on purpose what elsewhere is waste. */
function looksLikeTest(path: string): boolean {
  return /(?:^|\/)(?:tests?|testing|benchmarks?)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|tests?|conftest|bench_[^/]*)\.py$/.test(
    path,
  );
}
