import type {
  ShownAudit,
  ShownBug,
  ShownCitation,
  ShownEdit,
  ShownInterval,
  ShownRecommendation,
  ShownReply,
  ShownStep,
  ShownVerdict,
} from "../../../server/src/report/shown-audit.ts";
import { byKind, type Decoder, list, number, oneOf, orNull, record, text, yesOrNo } from "./decode.ts";

/** An audit that was made, with the questions that followed. */
export interface PastAudit {
  readonly id: string;
  /** Of the file. */
  readonly uri: string;
  readonly audit: ShownAudit;
  readonly replies: readonly ShownReply[];
}

const interval: Decoder<ShownInterval> = record({ value: number, low: number, high: number });
const edit: Decoder<ShownEdit> = record({ find: text, replace: text });
const verdict: Decoder<ShownVerdict> = record({
  kind: oneOf("holds", "unproven", "dropped", "advice"),
  text,
});
const citation: Decoder<ShownCitation> = record({
  title: text,
  address: text,
  supports: text,
  href: orNull(text),
});
const recommendation: Decoder<ShownRecommendation> = record({
  title: text,
  category: text,
  why: text,
  verdict,
  gain: record({ percent: orNull(number), basis: oneOf("computed", "cited", "claimed", "none") }),
  citation: orNull(citation),
  accuracyRisk: oneOf("none", "low", "medium", "high"),
  accuracyDropPercent: orNull(number),
  changesParameters: yesOrNo,
  changesOutput: yesOrNo,
  edits: list(edit),
});
const bug: Decoder<ShownBug> = record({
  line: orNull(number),
  what: text,
  fix: text,
  verdict,
  edits: list(edit),
});
const step: Decoder<ShownStep> = byKind<ShownStep>({
  thought: record({ kind: oneOf("thought"), text }),
  text: record({ kind: oneOf("text"), text }),
  search: record({ kind: oneOf("search"), queries: list(text) }),
  sources: record({ kind: oneOf("sources"), sources: list(citation) }),
  code: record({ kind: oneOf("code"), code: text }),
  "code-result": record({ kind: oneOf("code-result"), output: text, isOk: yesOrNo }),
  call: record({ kind: oneOf("call"), name: text, text }),
  "call-result": record({ kind: oneOf("call-result"), name: text, text }),
});
const level = oneOf(2, 3);

const audit: Decoder<ShownAudit> = record({
  schema: oneOf("ecocompute.shown-audit/1"),
  file: text,
  at: text,
  level,
  model: text,
  scenario: text,
  summary: text,
  energyModel: text,
  subject: orNull(text),
  isComplete: yesOrNo,
  figures: list(record({ name: text, unit: text, before: orNull(interval), after: orNull(interval) })),
  saving: orNull(
    record({
      percent: number,
      low: number,
      high: number,
      joules: number,
      carbonGrams: orNull(number),
      usd: orNull(number),
    }),
  ),
  claims: list(
    record({
      name: text,
      unit: text,
      claimed: number,
      computed: orNull(interval),
      verdict: oneOf("agrees", "disagrees", "not computed"),
      comment: text,
    }),
  ),
  assumptions: list(text),
  citations: list(citation),
  breakdown: list(record({ component: text, share: number })),
  comments: list(
    record({
      component: text,
      sharePercent: orNull(number),
      computedPercent: orNull(number),
      verdict: oneOf("agrees", "disagrees", "not computed"),
      comment: text,
    }),
  ),
  recommendations: list(recommendation),
  together: list(edit),
  criticalBugs: list(bug),
  benchmark: orNull(record({ name: text, figure: text, citation: orNull(citation) })),
  steps: list(step),
  spentUsd: number,
  notes: list(text),
});

const reply: Decoder<ShownReply> = record({
  question: text,
  answer: text,
  at: text,
  level,
  model: text,
  spentUsd: number,
  steps: list(step),
  notes: list(text),
});

/** @throws Unreadable for anything else than a stored audit. */
export const readPastAudit: Decoder<PastAudit> = record({ id: text, uri: text, audit, replies: list(reply) });
