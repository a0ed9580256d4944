import type { Graph } from "../graph/ir.ts";

/**
 * Answers about a graph by a text that says what was asked, forgotten with the graph. At most so many are kept: the one that was
 * not asked for the longest time goes first.
 */
export function lastAnswers<T>(most: number): (graph: Graph, question: string, answer: () => T) => T {
  const remembered = new WeakMap<Graph, Map<string, { readonly answer: T }>>();
  return (graph, question, answer) => {
    const known = remembered.get(graph) ?? new Map<string, { readonly answer: T }>();
    remembered.set(graph, known);
    const found = known.get(question) ?? { answer: answer() };
    known.delete(question);
    known.set(question, found);
    for (const oldest of known.keys()) {
      if (known.size <= most) break;
      known.delete(oldest);
    }
    return found.answer;
  };
}
