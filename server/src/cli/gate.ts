import type { GateConfig } from "../analysis/gate-config.ts";
import { resolveScenario } from "../analysis/scenario.ts";
import type { PartialRequest } from "../analysis/scenario-config.ts";
import { version } from "../base/version.ts";
import { assemble, type GateContext } from "../gate/assemble.ts";
import type { GateResult, Note } from "../gate/gate-result.ts";
import { type Shard, shardSchemaName } from "../gate/shard.ts";
import type { FileSnapshot } from "../gate/snapshot.ts";
import { cacheFolder, noCache, openCache } from "../host/content-cache.ts";
import { MissingObjects } from "../host/git.ts";
import { fileScope } from "../host/path-scope.ts";
import { absolutePath } from "../host/paths.ts";
import { type LookConsole, type LookOptions, look, stampOf } from "./gate-look.ts";
import { planGate } from "./gate-plan.ts";
import { createGateConfigs, policyOf, problemText } from "./gate-policy.ts";
import { requestOf, scenarioNotes, scenarioOf } from "./gate-scenario.ts";
import { folderSides, gitSides } from "./gate-sides.ts";
import type { GateStart, GateTask } from "./gate-worker.ts";
import { packageRoots } from "./package-roots.ts";

export interface GateOptions extends LookOptions {
  /** Where the user is; absolute. */
  readonly folder: string;
  readonly states:
    | { readonly kind: "revisions"; readonly base: string; readonly head: string | undefined }
    | { readonly kind: "folders"; readonly base: string; readonly head: string };
  /** A configuration file that replaces those of the two states. */
  readonly config: string | undefined;
  /** On top of the configuration. */
  readonly gate: GateConfig;
  readonly scenario: PartialRequest;
  readonly labels: readonly string[];
  readonly overrideReason: string | undefined;
  readonly pythonPath: readonly string[];
  /** `undefined` for the usual one. */
  readonly cacheFolder: string | undefined;
  readonly useCache: boolean;
  /** Seconds for the models of one file. */
  readonly timeLimit: number;
}

export type GateOutcome =
  | { readonly kind: "result"; readonly result: GateResult }
  | { readonly kind: "shard"; readonly shard: Shard }
  | { readonly kind: "error"; readonly message: string };

/** Compares two states and holds the difference against the budgets. */
export async function gate(options: GateOptions, console: LookConsole): Promise<GateOutcome> {
  try {
    return await compare(options, console);
  } catch (error) {
    if (error instanceof MissingObjects) return { kind: "error", message: error.message };
    throw error;
  }
}

async function compare(options: GateOptions, console: LookConsole): Promise<GateOutcome> {
  const { states, folder } = options;
  const sides =
    states.kind === "revisions"
      ? gitSides(folder, states.base, states.head)
      : await folderSides(folder, states.base, states.head);
  if (sides.kind === "error") return sides;
  const policy = policyOf(sides, options);
  const { config, problems } = policy;
  const merged: GateConfig = { ...config.config.gate, ...options.gate };
  if (problems.length > 0 && (merged.mode ?? "block") === "block")
    return {
      kind: "error",
      message: `The configuration cannot be used, and what it may forbid must not pass:\n${problems.map(problemText).join("\n")}`,
    };
  const request = requestOf(config.config.scenario, options.scenario);
  const scene = resolveScenario({ ...request, today: new Date().toISOString().slice(0, 10) });
  if (scene.kind === "error")
    return { kind: "error", message: `The scenario cannot be used: ${scene.message}.` };

  const packages = packageRoots(options.pythonPath, [sides.head.root]);
  const all = needsAll(merged);
  const cache = options.useCache ? openCache(cacheOf(options)) : noCache;
  const milliseconds = options.timeLimit * 1000;
  const configOf = createGateConfigs(policy.source, sides);
  const plan = planGate(sides, {
    config: merged,
    isExcluded: (path) => {
      const found = configOf(path);
      return fileScope(found.config, found.folder).isExcluded(`${sides.head.root}/${path}`);
    },
    stamp: stampOf(sides, policy.source, request, packages, milliseconds, console.program),
    all,
    cache,
  });
  const context: GateContext = {
    ...sides.names,
    config: merged,
    scenario: scenarioOf(scene),
    device: { id: scene.scenario.accelerator.id, kind: scene.scenario.accelerator.kind },
    edits: plan.edits,
    reach: plan.reach,
    changedFiles: sides.changes.length,
    totalsOf: all ? "all" : "changed",
    labels: options.labels,
    overrideReason: options.overrideReason ?? null,
    notes: [
      ...sides.notes,
      ...policy.notes,
      ...problems.map(
        (each): Note => ({ kind: "config", message: each.message, file: each.file, line: each.line }),
      ),
      ...scenarioNotes(scene),
      ...plan.notes,
    ],
  };
  const start = (): GateStart => ({
    base: sides.base.source(plan.needed.base),
    head: sides.head.source(plan.needed.head),
    policy: policy.source,
    request,
    packages,
    milliseconds,
  });
  const snapshots = await look(plan, start, cache, options, console);
  const sideOf = (side: GateTask["side"]): readonly string[] =>
    plan.tasks.filter((task) => task.side === side).map(({ key }) => key);
  const keys = { base: sideOf("base"), head: sideOf("head") };
  if (options.shard !== undefined)
    return {
      kind: "shard",
      shard: {
        schema: shardSchemaName,
        version,
        ...options.shard,
        context,
        keys,
        snapshots: Object.fromEntries(snapshots),
      },
    };
  const of = (side: "base" | "head"): readonly FileSnapshot[] =>
    keys[side].flatMap((key) => snapshots.get(key) ?? []);
  return { kind: "result", result: assemble(context, { base: of("base"), head: of("head") }) };
}

/** Totals are those of every model, changed or not. */
const needsAll = ({ budgets, scoped = [] }: GateConfig): boolean =>
  [budgets, ...scoped.map((each) => each.budgets)].some(
    (each) => each?.["monthly-total"] !== undefined || each?.["carbon-total"] !== undefined,
  );

const cacheOf = ({ cacheFolder: named, folder }: GateOptions): string =>
  named === undefined ? `${cacheFolder(process.env, process.platform)}/gate` : absolutePath(named, folder);
