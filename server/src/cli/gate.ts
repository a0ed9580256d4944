import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { GateConfig } from "../analysis/gate-config.ts";
import { type CostRequest, defaultRequest, resolveScenario, type Scene } from "../analysis/scenario.ts";
import type { PartialRequest } from "../analysis/scenario-config.ts";
import { version } from "../base/version.ts";
import { assemble, type GateContext } from "../gate/assemble.ts";
import type { GateResult, Note } from "../gate/gate-result.ts";
import { type Shard, shardSchemaName } from "../gate/shard.ts";
import { type FileSnapshot, fileSnapshotSchema } from "../gate/snapshot.ts";
import { type ContentCache, cacheFolder, hashOf, noCache, openCache } from "../host/content-cache.ts";
import type { FoundConfig } from "../host/find-config.ts";
import { MissingObjects } from "../host/git.ts";
import { fileScope } from "../host/path-scope.ts";
import { absolutePath, relativeTo } from "../host/paths.ts";
import { count } from "../report/count.ts";
import { type Plan, type PlannedTask, planGate } from "./gate-plan.ts";
import { createGateConfigs, type PolicySource } from "./gate-policy.ts";
import { folderSides, gitSides, type Sides } from "./gate-sides.ts";
import { createGateWorker, type GateStart, type GateTask } from "./gate-worker.ts";
import { packageRoots } from "./package-roots.ts";
import { inThreads } from "./pool.ts";
import { createProgress } from "./progress.ts";

export interface GateOptions {
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
  /** This part of the work only, counted from 1. */
  readonly shard: { readonly index: number; readonly count: number } | undefined;
  readonly jobs: number | undefined;
  /** Seconds for the models of one file. */
  readonly timeLimit: number;
}

export type GateOutcome =
  | { readonly kind: "result"; readonly result: GateResult }
  | { readonly kind: "shard"; readonly shard: Shard }
  | { readonly kind: "error"; readonly message: string };

export interface GateConsole {
  readonly stderr: Pick<NodeJS.WriteStream, "isTTY" | "write">;
  readonly program: URL;
}

/** What people run models on who do not say what they do. */
const standardAccelerator = "a100-80-sxm";
const standardVolume = 1_000_000;

/** Compares two states and holds the difference against the budgets. */
export async function gate(options: GateOptions, console: GateConsole): Promise<GateOutcome> {
  try {
    return await compare(options, console);
  } catch (error) {
    if (error instanceof MissingObjects) return { kind: "error", message: error.message };
    throw error;
  }
}

async function compare(options: GateOptions, console: GateConsole): Promise<GateOutcome> {
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

function requestOf(configured: PartialRequest, said: PartialRequest): CostRequest {
  const { currency: _, today: __, ...merged } = { ...configured, ...said };
  return {
    ...defaultRequest,
    volume: standardVolume,
    ...merged,
    accelerator: merged.accelerator ?? standardAccelerator,
    isStandard: merged.accelerator === undefined,
  };
}

const scenarioOf = ({ request, scenario }: Scene): GateContext["scenario"] => ({
  accelerator: scenario.accelerator.id,
  acceleratorName: scenario.accelerator.name,
  count: scenario.count,
  precision: request.precision,
  mode: request.mode,
  compiled: request.compiled,
  scope: request.scope,
  region: request.region ?? null,
  volume: request.volume ?? standardVolume,
  isStandard: request.isStandard === true,
});

function scenarioNotes({ request, scenario, notes }: Scene): readonly Note[] {
  const note = (message: string): Note => ({ kind: "scenario", message, file: null, line: null });
  return [
    ...(request.isStandard === true
      ? [
          note(
            `No accelerator is configured: the figures are those of ${scenario.accelerator.name}. \`[tool.ecocompute.scenario] accelerator\` names another.`,
          ),
        ]
      : []),
    ...notes.map((each) => note(`${each.slice(0, 1).toUpperCase()}${each.slice(1)}.`)),
  ];
}

interface PolicyProblem {
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

const problemText = ({ file, line, message }: PolicyProblem): string => `${file}:${line}: ${message}`;

interface Policy {
  readonly source: PolicySource;
  readonly config: FoundConfig;
  readonly problems: readonly PolicyProblem[];
  readonly notes: readonly Note[];
}

/** The configuration of the base holds where it has one: a change does not set its own budget. */
function policyOf(sides: Sides, { config: named, folder }: GateOptions): Policy {
  const here = sides.within === "" ? "here.py" : `${sides.within}/here.py`;
  const from = (source: PolicySource): FoundConfig => createGateConfigs(source, sides)(here);
  if (named !== undefined) {
    const source: PolicySource = { kind: "file", path: absolutePath(named, folder) };
    const config = from(source);
    return { source, config, problems: problemsIn([config], sides), notes: [] };
  }
  const [base, head] = [from({ kind: "side", side: "base" }), from({ kind: "side", side: "head" })];
  const isOfBase = base.path !== undefined;
  const configs = [base, head].filter(({ path }) => path !== undefined);
  const differs = isOfBase && JSON.stringify(settingsOf(base)) !== JSON.stringify(settingsOf(head));
  return {
    source: { kind: "side", side: isOfBase ? "base" : "head" },
    config: isOfBase ? base : head,
    problems: problemsIn(configs, sides),
    notes: differs
      ? [
          {
            kind: "config",
            message:
              "This change alters the settings of EcoCompute: it is judged by those of the base, and the new ones hold once it is merged.",
            file: relativeTo(sides.base.root, base.path),
            line: null,
          },
        ]
      : [],
  };
}

const settingsOf = ({ config: { gate: own, scenario } }: FoundConfig) => ({ own, scenario });

function problemsIn(configs: readonly FoundConfig[], { base, head }: Sides): readonly PolicyProblem[] {
  const found = configs.flatMap(({ path = "", problems }) =>
    problems
      .filter(({ isAboutBaseline }) => isAboutBaseline !== true)
      .map(({ message, range }) => ({
        message,
        file: relativeTo(head.root, relativeTo(base.root, path)),
        line: range.start.line + 1,
      })),
  );
  return [...new Map(found.map((each) => [problemText(each), each])).values()];
}

const cacheOf = ({ cacheFolder: named, folder }: GateOptions): string =>
  named === undefined ? `${cacheFolder(process.env, process.platform)}/gate` : absolutePath(named, folder);

/** Everything that snapshots depend on but the files they are of. */
function stampOf(
  { base, head }: Sides,
  source: PolicySource,
  request: CostRequest,
  packages: readonly string[],
  milliseconds: number,
  program: URL,
): string {
  const tree = source.kind === "side" && source.side === "base" ? base : head;
  const settings = [...tree.entries]
    .filter(([path]) =>
      /(?:^|\/)(?:[^/]*\.toml|setup\.\w+|[^/]*requirements[^/]*|environment\.ya?ml)$/.test(path),
    )
    .map(([path, { id }]) => `${path}\0${id}`);
  const stat = statSync(fileURLToPath(program), { throwIfNoEntry: false });
  return hashOf(
    "gate/1",
    version,
    `${stat?.size ?? 0} ${stat?.mtimeMs ?? 0}`,
    JSON.stringify(request),
    JSON.stringify(
      source.kind === "file"
        ? [source.path, statSync(source.path, { throwIfNoEntry: false })?.mtimeMs]
        : "side",
    ),
    JSON.stringify(packages.map((folder) => [folder, statSync(folder, { throwIfNoEntry: false })?.mtimeMs])),
    String(milliseconds),
    ...settings,
  );
}

/** Tasks that one thread is worth starting for. */
const tasksPerThread = 3;

/** What the files say, from earlier runs where they said it already. */
async function look(
  { tasks }: Plan,
  start: () => GateStart,
  cache: ContentCache,
  { shard, jobs }: GateOptions,
  { stderr, program }: GateConsole,
): Promise<ReadonlyMap<string, FileSnapshot>> {
  const unique = [...new Map(tasks.map((task) => [task.key, task])).values()];
  const own = shard === undefined ? unique : unique.filter((_, i) => i % shard.count === shard.index - 1);
  const found = new Map<string, FileSnapshot>();
  const missing: PlannedTask[] = [];
  for (const task of own) {
    const known = fileSnapshotSchema.safeParse(cache.get(task.key));
    if (known.success && known.data.path === task.path) found.set(task.key, known.data);
    else missing.push(task);
  }
  if (missing.length === 0) return found;
  const progress = createProgress(stderr);
  const show = (done: number): void =>
    progress.show(`Looking at ${done} of ${count(missing.length, "file")}`);
  try {
    const wanted = jobs ?? Math.min(availableParallelism(), Math.floor(missing.length / tasksPerThread));
    const threads = Math.min(wanted, missing.length);
    const answers =
      threads <= 1
        ? await inThisThread(missing, start(), show)
        : await inThreads<PlannedTask, FileSnapshot>(missing, {
            threads,
            batchSize: 2,
            start: { kind: "ecocompute-gate", start: start() },
            program,
            progress: show,
          });
    missing.forEach(({ key }, i) => {
      const answer = answers[i];
      if (answer === undefined) return;
      found.set(key, answer);
      if (isLasting(answer)) cache.set(key, answer);
    });
    cache.prune();
    return found;
  } finally {
    progress.clear();
  }
}

async function inThisThread(
  tasks: readonly PlannedTask[],
  start: GateStart,
  progress: (done: number) => void,
): Promise<readonly FileSnapshot[]> {
  const worker = await createGateWorker(start);
  return tasks.map((task, i) => {
    progress(i);
    return worker(task);
  });
}

/** What a slow machine or a fault of ours cut short may be another answer next time. */
const isLasting = ({ models, problems }: FileSnapshot): boolean =>
  problems.every((each) => each.startsWith("`allow-cost`")) &&
  models.every(({ notCounted }) => notCounted.every(({ why }) => !/it takes longer than/.test(why)));
