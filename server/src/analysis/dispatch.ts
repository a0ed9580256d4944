import { type NamedRule, type Reported, type RuleContext, visitNodes } from "../rules/_rule.ts";
import type { Kind } from "../syntax/ast.ts";
import type { NodesByKind } from "../syntax/visit.ts";

/** Told of a rule that threw: the rule's answer for that piece is lost, nothing else. */
export type OnRuleCrash = (rule: NamedRule, error: unknown) => void;

export interface RuleFinding {
  readonly rule: NamedRule;
  readonly finding: Reported;
}

/** The rules that look at nodes of each kind. */
export type Dispatch = ReadonlyMap<Kind, readonly NamedRule[]>;

export function dispatchTable(rules: readonly NamedRule[]): Dispatch {
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

/** The kinds of node that a rule looks at. */
export const kindsOf = (rule: NamedRule): readonly Kind[] => Object.keys(rule.on).filter(isKind);

/** Shows every node to the rules that look at its kind. */
export function runOnNodes(
  dispatch: Dispatch,
  nodes: NodesByKind,
  about: Omit<RuleContext, "report">,
  onCrash: OnRuleCrash,
): readonly RuleFinding[] {
  const reported: RuleFinding[] = [];
  // One context for all: rules take turns, and pieces are many.
  let speaking: NamedRule | undefined;
  const ctx: RuleContext = {
    ...about,
    report(finding) {
      if (speaking !== undefined) reported.push({ rule: speaking, finding });
    },
  };
  for (const [kind, ofKind] of nodes) {
    for (const rule of dispatch.get(kind) ?? []) {
      speaking = rule;
      try {
        visitNodes(rule, kind, ofKind, ctx);
      } catch (error) {
        onCrash(rule, error);
      }
    }
  }
  return reported;
}
