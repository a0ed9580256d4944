import { type Edit, lineStarts, type Span } from "../base/text.ts";
import type { Lines } from "./estimate-report.ts";
import type { ModelView } from "./model-view.ts";

type Line = ReturnType<Lines>;

/**
 * What a model shows after an edit that changed nothing that it runs: the same at other places. `undefined` when a
 * place that is shown was edited itself.
 *
 * @param before the text that the view's offsets refer to.
 */
export function moveView(view: ModelView, file: string, before: string, edit: Edit): ModelView | undefined {
  const move = mover(before, edit);
  const at = (line: Line): Line =>
    line.file !== file || line.line === null ? line : { ...line, line: move.line(line.line) };
  const { estimate, definedAt, hints, failure, findings, cost } = view;
  const span = (of: Span): Span => ({ start: move.start(of.start), end: move.end(of.end) });
  const onLine = <T extends { readonly file: string; readonly line: number }>(each: T): T =>
    each.file === file ? { ...each, line: move.line(each.line) } : each;
  const moved: ModelView = {
    estimate: {
      ...estimate,
      notCounted: estimate.notCounted.map((each) => ({ ...each, ...at(each) })),
      failure: estimate.failure === null ? null : { ...estimate.failure, ...at(estimate.failure) },
      lines: estimate.lines.map(onLine),
      modules: estimate.modules.map((each) => ({ ...each, ...at(each) })),
    },
    definedAt: definedAt === undefined ? undefined : move.start(definedAt),
    cost:
      cost === undefined
        ? undefined
        : { ...cost, cost: { ...cost.cost, byLine: cost.cost.byLine.map(onLine) } },
    hints: hints.map((hint) => ({ ...hint, offset: move.end(hint.offset) })),
    failure: failure === undefined ? undefined : { ...failure, span: span(failure.span) },
    findings: findings.map((each) => ({
      ...each,
      span: span(each.span),
      related: each.related.map((other) => ({ ...other, span: span(other.span) })),
    })),
  };
  return move.isLost() ? undefined : moved;
}

interface Mover {
  /** Of where something begins: what is inserted right there pushes it on. */
  start(offset: number): number;
  /** Of where something ends: what is inserted right there does not reach it. */
  end(offset: number): number;
  /** Of a line, counted from 1. */
  line(line: number): number;
  /** Something asked for stood in the edit. */
  isLost(): boolean;
}

function mover(before: string, { span, text }: Edit): Mover {
  const starts = lineStarts(before);
  const shift = text.length - (span.end - span.start);
  const removed = before.slice(span.start, span.end);
  const lineShift = text.split("\n").length - removed.split("\n").length;
  const isInLine = !text.includes("\n") && !removed.includes("\n");
  let lost = false;
  const lose = (where: number): number => {
    lost = true;
    return where;
  };
  return {
    start: (offset) => (offset >= span.end ? offset + shift : offset < span.start ? offset : lose(offset)),
    end: (offset) => (offset <= span.start ? offset : offset >= span.end ? offset + shift : lose(offset)),
    line: (line) => {
      const from = starts[line - 1] ?? 0;
      const to = starts[line] ?? before.length + 1;
      if (from >= span.end) return line + lineShift;
      return to <= span.start || isInLine ? line : lose(line);
    },
    isLost: () => lost,
  };
}
