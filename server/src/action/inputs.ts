/** What a workflow asks for under `with`, checked. */
export interface Inputs {
  readonly base: string | undefined;
  /** Options of `ecocompute gate`, each as one argument. */
  readonly gate: readonly string[];
  readonly mode: "block" | "audit" | undefined;
  readonly workingDirectory: string;
  readonly outputDirectory: string | undefined;
  readonly token: string | undefined;
  readonly comment: Choice;
  readonly commentKey: string;
  readonly commentAuthor: string | undefined;
  readonly slack: Choice;
  readonly explain: Choice;
  /** What an explanation may cost at most. */
  readonly maxUsd: number;
  /** A run of a fork to comment on, instead of analyzing anything. */
  readonly report: string | undefined;
}

/** `auto`: when it matters. */
type Choice = "auto" | "always" | "never";

const defaultMaxUsd = 0.05;

/** @throws InputProblem that says which input is wrong and what it may be. */
export function readInputs(environment: Readonly<Record<string, string | undefined>>): Inputs {
  const given = (name: string): string | undefined => {
    const value = environment[`INPUT_${name.toUpperCase()}`]?.trim();
    return value === undefined || value === "" ? undefined : value;
  };
  const oneOf = <T extends string>(name: string, allowed: readonly T[]): T | undefined => {
    const value = given(name)?.toLowerCase();
    const found = allowed.find((each) => each === value);
    if (value !== undefined && found === undefined)
      throw new InputProblem(`\`${name}\` must be one of ${allowed.join(", ")}.`);
    return found;
  };
  const amount = (name: string): number | undefined => {
    const value = given(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!(Number.isFinite(number) && number >= 0))
      throw new InputProblem(`\`${name}\` must be a number from 0 on.`);
    return number;
  };
  const choice = (name: string): Choice => oneOf(name, ["auto", "always", "never"] as const) ?? "auto";
  // One argument each: a value can never be taken for an option.
  const option = (flag: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [`--${flag}=${value}`];
  const mode = oneOf("mode", ["block", "audit"] as const);
  return {
    base: given("base"),
    gate: [
      ...option("mode", mode),
      ...option("budget-threshold", amount("budget_threshold")),
      ...option("carbon-limit", amount("carbon_limit")),
      ...option("volume", amount("volume")),
      ...option("accelerator", given("accelerator")),
      ...option("config", given("config")),
      ...option("cache-dir", given("cache_dir")),
    ],
    mode,
    workingDirectory: given("working_directory") ?? ".",
    outputDirectory: given("output_dir"),
    token: given("token"),
    comment: choice("comment"),
    commentKey: given("comment_key") ?? "default",
    commentAuthor: given("comment_author"),
    slack: choice("slack"),
    explain: choice("explain"),
    maxUsd: amount("max_usd") ?? defaultMaxUsd,
    report: given("report"),
  };
}

export class InputProblem extends Error {}
