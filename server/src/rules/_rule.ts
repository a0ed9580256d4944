import type { Edit, Span } from "../base/text.ts";
import type { Category, FixSafety, Severity } from "../report/report.ts";
import type { Module } from "../semantic/module.ts";
import type { Certainty3 } from "../semantic/module-class.ts";
import type { ClassDef, Expr, Kind, Node, NodeOf } from "../syntax/ast.ts";
import type { Chunk } from "../syntax/chunk.ts";
import type { InterpretedModel, ModelRuleContext } from "./_interpreted-model.ts";

/** How sure a rule is of one finding: it decides the severity. */
export type Certainty = "certain" | "likely" | "possible";

export interface Fix {
  /** What the user reads on the light bulb; names what changes when the fix is a suggestion. */
  readonly title: string;
  readonly safety: Exclude<FixSafety, "none">;
  /** Chunk-relative, not overlapping. */
  readonly edits: readonly Edit[];
}

export interface Related {
  readonly chunk: Chunk;
  readonly span: Span;
  readonly message: string;
}

/** What a rule reports. Offsets are relative to the chunk the rule was run on. */
export interface Reported {
  readonly at: Span;
  readonly certainty: Certainty;
  /** What, why and what to do, in one or two sentences with back-ticked code. */
  readonly message: string;
  readonly fixes?: readonly Fix[];
  /** Why there is no automatic fix: shown as a disabled action. */
  readonly manual?: string;
  readonly related?: readonly Related[];
}

export interface RuleContext {
  readonly chunk: Chunk;
  readonly module: Module;
  /** The torch version the project asks for; `undefined` when nothing says so. */
  readonly torch: Version | undefined;
  /** A file of tests or benchmarks, where waste is often on purpose. */
  readonly isTestFile: boolean;
  /** Dotted origin of an expression, `undefined` when not certain: `nn.Conv2d` -> `torch.nn.Conv2d`. */
  qualified(expr: Expr): string | undefined;
  isModuleClass(cls: ClassDef): Certainty3;
  /** The source text of a node of this chunk. */
  text(node: Span): string;
  report(finding: Reported): void;
}

/** `[2, 5, 1]` for 2.5.1. */
export type Version = readonly number[];

/** Whether `version` is `minimum` or later, compared number by number. */
export function atLeast(version: Version, minimum: Version): boolean {
  for (let i = 0; i < minimum.length; i++) {
    const difference = (version[i] ?? 0) - (minimum[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** What part of a program a rule is about. */
export const topics = [
  "attention",
  "autograd",
  "checkpoints",
  "compilation",
  "data-loading",
  "distributed",
  "generation",
  "inference",
  "layers",
  "precision",
  "suppressions",
  "synchronization",
  "training",
] as const;
export type Topic = (typeof topics)[number];

/** A check of another tool for the same or nearly the same thing. */
export interface Equivalent {
  readonly tool: "creedengo" | "CodeSmile" | "dslinter" | "GreenPyData" | "pylint" | "ruff" | "TorchFix";
  /** As that tool names it: `TOR101`. */
  readonly rule: string;
  /** Where this rule reports other code than that check, in a sentence. */
  readonly differs?: string;
}

type Handlers = { readonly [K in Kind]?: (node: NodeOf<K>, ctx: RuleContext) => void };

export interface Rule {
  /** What the pattern costs the user. */
  readonly category: Category;
  readonly topic: Topic;
  /** Default severity by certainty; `off` reports nothing. */
  readonly severity: Readonly<Record<Certainty, Severity | "off">>;
  /** The strongest fix the rule offers. */
  readonly fix: FixSafety;
  /** The first version of EcoCompute with this rule. */
  readonly since: string;
  /** Shown faded by editors: code that has no effect. */
  readonly unnecessary?: boolean;
  /** The rule holds from this torch version on; with an older one it is silent. */
  readonly torch?: { readonly from?: Version; readonly before?: Version };
  /** Other libraries and the versions of them that the rule was written for: `transformers 4.36 and later`. */
  readonly libraries?: readonly string[];
  /** Checks of other tools for the same thing; none are known when left out. */
  readonly equivalents?: readonly Equivalent[];
  /** What computes the saving of the change that is asked for; findings say so where a model runs. */
  readonly optimization?: {
    /** As the cost room names it. */
    readonly id: string;
    /** Models that run the lines of the finding, or the only model of the file. */
    readonly of: "lines" | "program";
  };
  /** Off unless the preset `strict` or the name of the rule asks for it: right, and not worth everyone's time. */
  readonly strictOnly?: true;
  readonly on: Handlers;
  /** Reads a model as it was interpreted; runs when the typing pauses, and in `check --models`. */
  readonly onModel?: (model: InterpretedModel, ctx: ModelRuleContext) => void;
}

export interface NamedRule extends Rule {
  readonly id: string;
  /** The page, in Markdown. */
  readonly docs: string;
}

export const defineRule = (rule: Rule): Rule => rule;

/** A rule that reads models alone. */
export const defineModelRule = (rule: Omit<Rule, "on"> & Required<Pick<Rule, "onModel">>): Rule => ({
  ...rule,
  on: {},
});

/** Runs the handler of one rule for nodes of one kind, when it has one for that kind. */
export function visitNodes(rule: Rule, kind: Kind, nodes: readonly Node[], ctx: RuleContext): void {
  const handlers: Readonly<Record<string, ((node: never, ctx: RuleContext) => void) | undefined>> = rule.on;
  const handler = handlers[kind];
  if (handler !== undefined) for (const node of nodes) handler(node as never, ctx);
}
