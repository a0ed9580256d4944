import { type Edit, type Span, shift } from "../base/text.ts";
import type { Severity } from "../report/report.ts";
import { atLeast, type NamedRule, type Reported, type RuleContext, type Version } from "../rules/_rule.ts";
import { type Answers, createModule, type Module, noAnswers } from "../semantic/module.ts";
import {
  changeBetween,
  type Dependencies,
  type ModuleChange,
  recordDependencies,
  survivingAnswers,
} from "../semantic/module-change.ts";
import { type Certainty3, isModuleClass } from "../semantic/module-class.ts";
import { qualifiedName } from "../semantic/names.ts";
import type { Project } from "../semantic/project.ts";
import type { ClassDef, Expr } from "../syntax/ast.ts";
import type { Chunk, Members, Piece, PlacedChunk, SourceFile } from "../syntax/chunk.ts";
import type { Part } from "../syntax/part.ts";
import type { NodesByKind } from "../syntax/visit.ts";
import { fileSuppressions, isSuppressedInFile, isSuppressedOnLine } from "./directives.ts";
import { dispatchTable, kindsOf, type OnRuleCrash, type RuleFinding, runOnNodes } from "./dispatch.ts";
import type { Finding } from "./finding.ts";
import { testFileBy } from "./test-file.ts";
import { unusedSuppressionId, unusedSuppressions } from "./unused-suppressions.ts";

/** Which rules run and how grave their findings are: the part of the configuration that findings depend on. */
export interface RuleSettings {
  readonly rules: readonly NamedRule[];
  readonly torch: Version | undefined;
  /** Overrides of the default severity by rule. */
  readonly severity: ReadonlyMap<string, Severity>;
}

/** What the rules said of a chunk, or of one piece of a class. */
interface CachedFindings {
  readonly dependencies: Dependencies;
  /** The last state of the file for which they were known to hold. */
  holdIn: SourceFile;
  readonly projectRevision: number;
  readonly reported: readonly RuleFinding[];
}

/** What the rules said of a piece without looking at more than it, the head of its class and what `dependencies` tell. */
interface CachedPiece extends CachedFindings {
  readonly chunk: Chunk;
  readonly head: Part | undefined;
  /** Where the piece stood. */
  readonly start: number;
}

interface FoundInChunk {
  readonly placed: PlacedChunk;
  readonly reported: readonly RuleFinding[];
}

/** One state of a file under the rules. */
interface Run {
  readonly module: Module;
  readonly source: SourceFile;
  readonly previous: SourceFile | undefined;
  readonly change: ModuleChange | undefined;
  /** Where the chunks of the file start. */
  readonly starts: ReadonlyMap<Chunk, number>;
  readonly isTestFile: (module: Module) => boolean;
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
  // Keyed by objects that go when their text goes, and what was found with them.
  const chunks = new WeakMap<Chunk, readonly CachedFindings[]>();
  const pieces = new WeakMap<Part, CachedPiece>();
  const answers = new WeakMap<SourceFile, Answers>();
  const active = activeRules(settings);
  const dispatch = dispatchTable(active);

  const stillHolds = (known: CachedFindings, run: Run, own: Chunk): boolean => {
    const { module, source, previous, change, starts } = run;
    const holds =
      areRelatedThere(known, own, starts) &&
      known.projectRevision === (project?.revision ?? 0) &&
      known.dependencies.module.path === module.path &&
      (change !== undefined && known.holdIn === previous
        ? known.dependencies.survive(change, module)
        : known.dependencies.holdFor(module));
    if (holds) known.holdIn = source;
    return holds;
  };

  const find = (chunk: Chunk, nodes: NodesByKind, text: RuleContext["text"], run: Run): CachedFindings => {
    const dependencies = recordDependencies(run.module);
    const { module } = dependencies;
    const classes = new Map<ClassDef, Certainty3>();
    const about = {
      chunk,
      module,
      torch: settings.torch,
      isTestFile: run.isTestFile(module),
      qualified: (expr: Expr) => qualifiedName(expr, module),
      isModuleClass(cls: ClassDef) {
        const known = classes.get(cls) ?? isModuleClass(cls, module, project);
        classes.set(cls, known);
        return known;
      },
      text,
    };
    const reported = runOnNodes(dispatch, nodes, about, onCrash);
    return { dependencies, holdIn: run.source, projectRevision: project?.revision ?? 0, reported };
  };

  const findInPiece = (
    chunk: Chunk,
    members: Members,
    piece: Piece,
    text: string,
    run: Run,
  ): CachedFindings => {
    const { part, nodes } = piece;
    const head = members.pieces[0]?.part;
    const known = pieces.get(part);
    if (known !== undefined && known.head === head && stillHolds(known, run, known.chunk)) {
      if (known.chunk === chunk || known.reported.length === 0) return known;
      const here = { ...known, chunk, start: part.start, reported: movedTo(chunk, part.start, known) };
      pieces.set(part, here);
      return here;
    }
    const before = members.reads();
    let isWhole = part === head;
    const found = find(
      chunk,
      nodes,
      ({ start, end }) => {
        if (start < part.start || end > part.start + part.text.length) isWhole = true;
        return text.slice(start, end);
      },
      run,
    );
    if (isWhole || members.reads() > before) pieces.delete(part);
    else pieces.set(part, { ...found, chunk, head, start: part.start });
    return found;
  };

  const findingsOf = (chunk: Chunk, run: Run): readonly CachedFindings[] => {
    const known = chunks.get(chunk);
    if (known?.every((each) => stillHolds(each, run, chunk))) return known;
    const { members, text } = chunk;
    const fresh =
      members === undefined
        ? [find(chunk, chunk.nodes, (node) => text.slice(node.start, node.end), run)]
        : members.pieces.map((piece) => findInPiece(chunk, members, piece, text, run));
    chunks.set(chunk, fresh);
    return fresh;
  };

  const ofUnused = active.find((rule) => rule.id === unusedSuppressionId);
  const ran = new Set(active.filter((rule) => kindsOf(rule).length > 0).map((rule) => rule.id));
  /** Comments that silence nothing; none are told of while the file does not parse, as rules then find less. */
  const unusedIn = (found: readonly FoundInChunk[]) => {
    const isWhole = found.every(({ placed }) => !placed.chunk.hasErrors);
    const inFile = new Set(found.flatMap(({ reported }) => reported.map(({ rule }) => rule.id)));
    return (chunk: Chunk, reported: readonly RuleFinding[]): readonly RuleFinding[] =>
      ofUnused === undefined || !isWhole
        ? []
        : unusedSuppressions(chunk, reported, inFile, ran).map((finding) => ({ rule: ofUnused, finding }));
  };

  return {
    run(path, source, previous) {
      const inFile = fileSuppressions(source);
      if (inFile.some((each) => each.rules === undefined)) return [];
      const change = previous && changeBetween(previous, source);
      const before = previous && answers.get(previous);
      const known = change && before ? survivingAnswers(before, change, source) : noAnswers();
      answers.set(source, known);
      const starts = new Map(source.chunks.map((placed) => [placed.chunk, placed.start]));
      const module = createModule(path, source, known);
      const run: Run = { module, source, previous, change, starts, isTestFile: testFileBy(path) };
      const found = source.chunks.map((placed) => ({
        placed,
        reported: allOf(findingsOf(placed.chunk, run)),
      }));
      const unused = unusedIn(found);
      return found.flatMap(({ placed, reported }) =>
        inOrder(reported, unused(placed.chunk, reported))
          .filter(({ rule, finding }) => !isSuppressed(placed.chunk, finding.at, rule.id, inFile))
          .flatMap(({ rule, finding }) => place(rule, finding, placed, starts, settings)),
      );
    },
  };
}

/** Whether the chunks that findings point to are still in the file. */
const areRelatedThere = ({ reported }: CachedFindings, own: Chunk, starts: Run["starts"]): boolean =>
  reported.every(
    ({ finding }) => finding.related?.every(({ chunk }) => chunk === own || starts.has(chunk)) ?? true,
  );

/** Most chunks have no findings, and all of them are gone through at every key: nothing is made for those. */
const none: readonly RuleFinding[] = [];

const allOf = (found: readonly CachedFindings[]): readonly RuleFinding[] =>
  found.every(({ reported }) => reported.length === 0) ? none : found.flatMap(({ reported }) => reported);

const inOrder = (reported: readonly RuleFinding[], more: readonly RuleFinding[]): readonly RuleFinding[] =>
  reported.length + more.length === 0
    ? none
    : [...reported, ...more].sort(
        (a, b) => a.finding.at.start - b.finding.at.start || a.finding.at.end - b.finding.at.end,
      );

/** The findings of a piece that moved with its text: what they say of the head of the class stays where it is. */
function movedTo(chunk: Chunk, start: number, known: CachedPiece): readonly RuleFinding[] {
  const by = start - known.start;
  const move = (span: Span): Span => (span.start < known.start ? span : shift(span, by));
  return known.reported.map(({ rule, finding }) => {
    const { fixes, related } = finding;
    const moved: Reported = {
      ...finding,
      at: move(finding.at),
      ...(fixes && {
        fixes: fixes.map((fix) => ({
          ...fix,
          edits: fix.edits.map((edit) => ({ ...edit, span: move(edit.span) })),
        })),
      }),
      ...(related && {
        related: related.map((each) =>
          each.chunk === known.chunk ? { ...each, chunk, span: move(each.span) } : each,
        ),
      }),
    };
    return { rule, finding: moved };
  });
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
