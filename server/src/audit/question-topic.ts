/** What the rules and the engine answer by themselves. */
export type Topic =
  | "parameters"
  | "work"
  | "time"
  | "energy"
  | "money"
  | "carbon"
  | "memory"
  | "shapes"
  | "hot spots"
  | "findings"
  | "a rule"
  | "another accelerator"
  | "an optimization"
  | "a published figure"
  | "what is not counted";

/** What needs judgement beyond figures: these words take a question from the engine to a model. */
const judgement =
  /\b(?:should (?:i|we)|would you|could (?:i|we) (?:replace|restructure|rewrite)|redesign|rewrite|restructure|refactor|re-?architect|replace (?:the|this|my)|alternative|instead of|better (?:architecture|way|approach|design)|review|suggest|propose|recommend|improve|optimi[sz]e (?:this|my|the)|accuracy|converge|loss|diverge|published|papers?|literature|state of the art|latest|newest|trade-?offs?|is it worth)\b/i;

/** Whole architectures and training loops: a strong model. */
const whole =
  /\b(?:architecture|whole (?:model|file)|training loop|restructure|redesign|rewrite|re-?architect|pipeline|overall|state of the art|replace (?:the|this|my)|distill|mixture of experts|from scratch)\b/i;

/** In order: what is more particular comes first. */
const topics: readonly (readonly [Topic, RegExp])[] = [
  [
    "what is not counted",
    /\bnot (?:be )?counted\b|\b(?:at least|unknown|incomplete)\b.*\bwhy\b|\bwhy\b.*\b(?:at least|unknown|incomplete|no (?:figure|number|estimate))\b/i,
  ],
  [
    "an optimization",
    /\b(?:fp16|float16|bf16|bfloat16|half precision|mixed precision|int8|int4|nf4|fp8|8[- ]bit|4[- ]bit|quanti[sz]\w*|compil\w+|torch\.compile|flash[- ]?attention|fused attention|sdpa|kv[- ]?cache|channels[- ]last|checkpointing|larger batch|bigger batch|batch size|optimi[sz]ations?)\b/i,
  ],
  [
    "a published figure",
    /\b(?:board power|tdp|bandwidth|grid|intensity|memory of (?:an? |the )?[\w-]+|price of (?:an? |the )?[\w-]+)\b/i,
  ],
  [
    "another accelerator",
    /\b(?:which|what|other|another|cheapest|best|fastest) (?:gpu|accelerator|card)s?\b|\b(?:on|with|to|than|versus|vs\.?|and) (?:an? |the )?(?:[abhlvtp]\d{1,3}0{0,1}(?:-\d+gb)?|rtx ?\d{4}|mi\d{3}\w?|tpu\w*|gh200|b200)\b/i,
  ],
  [
    "hot spots",
    /\b(?:which|what|where) (?:layers?|modules?|parts?|lines?|blocks?|operations?|ops?)\b|\bwhere (?:does|do|is|are)\b.*\b(?:time|energy|money|cost|go|spent|memory|parameters|slow)\b|\b(?:bottlenecks?|hot ?spots?|break ?down|dominant|dominates?|most (?:expensive|energy|time|of the))\b/i,
  ],
  [
    "findings",
    /\b(?:findings?|warnings?|issues?|problems?|bugs?|lint\w*|mistakes?|squiggles?|what(?:'s| is) wrong|anything wrong|underlined|wast\w+)\b/i,
  ],
  ["memory", /\b(?:memory|vram|oom|out of memory|fits?|gigabytes?|gib|gb)\b/i],
  ["carbon", /\b(?:carbon|co2e?|emissions?|footprint|climate|greenhouse|emits?)\b/i],
  ["money", /\b(?:costs?|price|dollars?|usd|money|expensive|cheap(?:er|est)?|bill|budget|spend|pay)\b/i],
  ["energy", /\b(?:energy|joules?|watts?|power|kwh|electricity|battery)\b/i],
  ["time", /\b(?:latency|fast|slow|speed|how long|time|throughput|per second|milliseconds?|seconds?)\b/i],
  ["parameters", /\b(?:parameters?|params?|weights|how (?:big|large)|size of the model|model size)\b/i],
  ["work", /\b(?:flops?|macs?|multiply|operations?|computations?|compute)\b/i],
  ["shapes", /\b(?:shapes?|dimensions?|output|returns?|input sizes?)\b/i],
];

/** Which topic a question is about; `undefined` when it needs a model. */
export const topicOf = (question: string): Topic | undefined =>
  judgement.test(question) ? undefined : topics.find(([, words]) => words.test(question))?.[0];

/** A question that no figure answers: 2 when it is small and local, 3 when it is about a whole. */
export const levelOfQuestion = (question: string): 2 | 3 => (whole.test(question) ? 3 : 2);
