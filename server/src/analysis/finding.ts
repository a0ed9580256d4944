import type { Span } from "../base/text.ts";
import type { Category, Severity } from "../report/report.ts";
import type { Saving } from "../report/saving.ts";
import type { Certainty, Fix, NamedRule } from "../rules/_rule.ts";

/** A finding in the words of the file it stands in: all offsets are absolute. */
export interface Finding {
  readonly rule: NamedRule;
  readonly category: Category;
  readonly severity: Severity;
  readonly certainty: Certainty;
  readonly span: Span;
  readonly message: string;
  readonly fixes: readonly Fix[];
  readonly manual: string | undefined;
  readonly related: readonly { readonly span: Span; readonly message: string }[];
  /** What the change saves, where a model runs the code and the cost model can tell. */
  readonly saving?: Saving;
}
