import type { Span } from "../base/text.ts";
import type { Accelerator } from "../hardware/accelerator.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import type { ModelReported, ModelRuleContext } from "../rules/_interpreted-model.ts";
import type { Certainty, NamedRule } from "../rules/_rule.ts";
import type { OnRuleCrash } from "./dispatch.ts";

/** What a rule found in a model of a file: plain data, offsets into the text that was interpreted. */
export interface ModelFinding {
  readonly rule: string;
  readonly certainty: Certainty;
  readonly span: Span;
  readonly message: string;
  readonly manual: string | undefined;
  readonly related: readonly { readonly span: Span; readonly message: string }[];
}

export interface ModelRuleSettings {
  readonly rules: readonly NamedRule[];
  readonly accelerator: Accelerator | undefined;
  /** Told of a rule that threw: its answer is lost, nothing else. */
  readonly onCrash: OnRuleCrash;
  /** Told what rules ask the text of the file: what they find is out of date when an answer is another one. */
  readonly onAsked?: (asked: Asked) => void;
}

/** A question to the text of a file. */
export interface Asked {
  readonly question: (source: string) => unknown;
  /** As JSON. */
  readonly answer: string;
}

export const isAnsweredAlike = ({ question, answer }: Asked, source: string): boolean =>
  JSON.stringify(question(source)) === answer;

/** Asks every rule that reads models about one. What it says of another file is left out. */
export function runModelRules(
  model: ModelEstimate,
  { file, text }: { readonly file: string; readonly text: string },
  { rules, accelerator, onCrash, onAsked }: ModelRuleSettings,
): readonly ModelFinding[] {
  const { complete: isComplete, ...rest } = model;
  const found: ModelFinding[] = [];
  for (const rule of rules) {
    const context: ModelRuleContext = {
      accelerator,
      file,
      source: text,
      ask: (question) => {
        const answer = question(text);
        onAsked?.({ question, answer: JSON.stringify(answer) });
        return answer;
      },
      text: (place) => (place.file === file ? text.slice(place.span.start, place.span.end) : ""),
      report: (reported) => found.push(...inFile(rule, reported, file)),
    };
    try {
      rule.onModel?.({ ...rest, isComplete }, context);
    } catch (error) {
      onCrash(rule, error);
    }
  }
  return found;
}

function inFile(rule: NamedRule, reported: ModelReported, file: string): readonly ModelFinding[] {
  if (reported.at.file !== file) return [];
  const related = (reported.related ?? []).filter(({ at }) => at.file === file);
  return [
    {
      rule: rule.id,
      certainty: reported.certainty,
      span: reported.at.span,
      message: reported.message,
      manual: reported.manual,
      related: related.map(({ at, message }) => ({ span: at.span, message })),
    },
  ];
}

/** The same thing found in several models of a file is told once, in the words of the first. */
export function onceEach(findings: readonly ModelFinding[]): readonly ModelFinding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, span }) => {
    const key = `${rule} ${span.start} ${span.end}`;
    return !seen.has(key) && seen.add(key);
  });
}
