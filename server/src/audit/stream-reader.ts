import type { GenerateContentResponse, GroundingMetadata, Part } from "@google/genai";
import type { AuditEvent, Citation, Finish, ProblemKind } from "./audit-event.ts";
import type { Usage } from "./spending.ts";

/** Collects the chunks of one streamed answer. */
export interface StreamReader {
  readonly parts: readonly Part[];
  read(chunk: GenerateContentResponse): void;
  text(): string;
  /** Anything at all arrived. */
  hasRead(): boolean;
  /** The service said why it stopped: nothing of this answer comes after. */
  hasEnded(): boolean;
  searches(): number;
  /**
   * The tokens of the answer. Numbers along the way rise and fall: when the stream is whole the last of each counts,
   * when it was cut the largest.
   */
  usage(isWhole: boolean): Usage;
  finish():
    | { readonly kind: "finished"; readonly finish: Finish }
    | { readonly kind: "problem"; readonly problem: ProblemKind; readonly message: string };
}

type UsageField =
  | "promptTokenCount"
  | "cachedContentTokenCount"
  | "toolUsePromptTokenCount"
  | "candidatesTokenCount"
  | "thoughtsTokenCount";

export function createStreamReader(onEvent: (event: AuditEvent) => void): StreamReader {
  const parts: Part[] = [];
  const queries = new Set<string>();
  const last = new Map<UsageField, number>();
  const most = new Map<UsageField, number>();
  let chunks = 0;
  let finishReason: string | undefined;
  let blockReason: string | undefined;

  const readPart = (part: Part): void => {
    const isEmpty = part.text === "" && part.thoughtSignature === undefined && Object.keys(part).length === 1;
    if (!isEmpty) parts.push(part);
    const { text, executableCode: ran, codeExecutionResult: result, functionCall: call } = part;
    if (isText(text) && text !== "") onEvent({ kind: part.thought === true ? "thought" : "text", text });
    if (isText(ran?.code)) onEvent({ kind: "code", code: ran.code });
    if (result !== undefined) {
      const output = isText(result.output) ? result.output : "";
      onEvent({ kind: "code-result", output, isOk: result.outcome === "OUTCOME_OK" });
    }
    if (isText(call?.name)) onEvent({ kind: "call", name: call.name, args: call.args ?? {} });
  };

  const readGrounding = (grounding: GroundingMetadata): void => {
    const fresh = listOf(grounding.webSearchQueries).filter((query) => isText(query) && !queries.has(query));
    for (const query of fresh) queries.add(query);
    if (fresh.length > 0) onEvent({ kind: "search", queries: fresh });
    const citations = citationsOf(grounding);
    if (citations.length > 0) onEvent({ kind: "citations", citations });
  };

  const value = (of: ReadonlyMap<UsageField, number>, field: UsageField): number => of.get(field) ?? 0;

  return {
    parts,
    read(chunk) {
      chunks++;
      if (isText(chunk.promptFeedback?.blockReason)) blockReason ??= chunk.promptFeedback.blockReason;
      const candidate = chunk.candidates?.[0];
      for (const part of listOf(candidate?.content?.parts)) if (isRecord(part)) readPart(withoutNulls(part));
      if (isRecord(candidate?.groundingMetadata)) readGrounding(candidate.groundingMetadata);
      if (isText(candidate?.finishReason)) finishReason = candidate.finishReason;
      for (const field of usageFields) {
        const count = chunk.usageMetadata?.[field];
        if (typeof count !== "number" || !(count >= 0)) continue;
        last.set(field, count);
        most.set(field, Math.max(count, value(most, field)));
      }
    },
    text: () =>
      parts
        .filter((part) => part.thought !== true)
        .map(textOf)
        .join(""),
    hasRead: () => chunks > 0,
    hasEnded: () => finishReason !== undefined || blockReason !== undefined,
    searches: () => queries.size,
    usage(isWhole) {
      const of = isWhole ? last : most;
      return {
        promptTokens: value(of, "promptTokenCount"),
        cachedTokens: value(of, "cachedContentTokenCount"),
        toolTokens: value(of, "toolUsePromptTokenCount"),
        answerTokens: value(of, "candidatesTokenCount"),
        thoughtTokens: value(of, "thoughtsTokenCount"),
      };
    },
    finish: () => finishOf(finishReason, blockReason, parts),
  };
}

const usageFields: readonly UsageField[] = [
  "promptTokenCount",
  "cachedContentTokenCount",
  "toolUsePromptTokenCount",
  "candidatesTokenCount",
  "thoughtsTokenCount",
];

/** Sources come from the metadata of searches alone: addresses that a model writes are not sources. */
function citationsOf({ groundingChunks, groundingSupports }: GroundingMetadata): readonly Citation[] {
  return listOf(groundingChunks).flatMap((chunk, i) => {
    const { uri, title } = chunk.web ?? {};
    if (!isText(uri) || !/^https?:\/\//.test(uri)) return [];
    // The texts of segments, not their offsets: those count bytes.
    const supports = listOf(groundingSupports)
      .filter((support) => listOf(support.groundingChunkIndices).includes(i))
      .flatMap(({ segment }) => (isText(segment?.text) ? segment.text : []));
    return [{ title: isText(title) ? title : uri, uri, supports }];
  });
}

// The client hands on what the service sent: a type says what it should be.
const isText = (value: unknown): value is string => typeof value === "string";
const isRecord = <T>(value: T | undefined): value is T => typeof value === "object" && value !== null;
const listOf = <T>(value: readonly T[] | undefined): readonly T[] =>
  Array.isArray(value) ? value.filter((each) => each !== null && each !== undefined) : [];
const textOf = ({ text }: Part): string => (isText(text) ? text : "");

function finishOf(
  reason: string | undefined,
  blocked: string | undefined,
  parts: readonly Part[],
): ReturnType<StreamReader["finish"]> {
  const problem = (kind: ProblemKind, message: string) =>
    ({ kind: "problem", problem: kind, message }) as const;
  if (blocked !== undefined)
    return problem(
      "blocked",
      `Gemini refused the text (${words(blocked)}). Nothing was answered; select another part.`,
    );
  const calls = parts.some((part) => part.functionCall !== undefined);
  const hasText = parts.some((part) => part.thought !== true && textOf(part).trim() !== "");
  switch (reason) {
    case undefined:
      return problem("cut-off", "The answer of Gemini broke off. Try again.");
    case "STOP":
      if (calls) return { kind: "finished", finish: "calls" };
      return hasText
        ? { kind: "finished", finish: "complete" }
        : problem("empty", "Gemini answered nothing. Try again, or choose another level.");
    case "MAX_TOKENS":
      return hasText
        ? { kind: "finished", finish: "out-of-tokens" }
        : problem(
            "out-of-tokens",
            "Gemini used up its tokens with thinking before it wrote anything. Select less code, or choose a lower level.",
          );
    case "RECITATION":
      return problem(
        "recitation",
        "Gemini stopped because its answer repeated published text. Ask about a smaller part.",
      );
    case "SAFETY":
    case "PROHIBITED_CONTENT":
    case "BLOCKLIST":
    case "SPII":
      return problem("blocked", `Gemini stopped (${words(reason)}). Ask about another part.`);
    case "MALFORMED_FUNCTION_CALL":
    case "UNEXPECTED_TOOL_CALL":
    case "MALFORMED_RESPONSE":
      return problem("malformed", "Gemini called a tool in a way that cannot be read. Try again.");
    case "TOO_MANY_TOOL_CALLS":
      return problem(
        "too-many-turns",
        "Gemini called tools without coming to an end. Ask about a smaller part.",
      );
    default:
      return problem("server-error", `Gemini stopped without a usable answer (${words(reason)}). Try again.`);
  }
}

const words = (constant: string): string => constant.toLowerCase().replaceAll("_", " ").slice(0, 40);

/** The part without fields in whose place `null` came: it says as little as a field that is missing. */
const withoutNulls = (part: Part): Part =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== null));
