import type { FunctionDeclaration } from "@google/genai";
import * as z from "zod";
import { applyTextEdits } from "./apply-edits.ts";
import type { AuditEngine, Examined } from "./engine.ts";

type Result = Readonly<Record<string, unknown>>;

interface Tool {
  readonly declaration: FunctionDeclaration;
  run(args: Readonly<Record<string, unknown>>): Result;
}

/** Functions that a model may call. All are pure: they read the engine and change nothing. */
export interface Toolbox {
  readonly declarations: readonly FunctionDeclaration[];
  /** What a function answers; `{ error }` for one that does not exist or arguments that do not fit. */
  call(name: string, args: Readonly<Record<string, unknown>>): Result;
}

const edits = z
  .array(z.object({ find: z.string().min(1), replace: z.string() }))
  .min(1)
  .max(20);

/** @param text the audited file, as the model was given it. */
export function createToolbox(text: string, engine: AuditEngine): Toolbox {
  const tools: readonly Tool[] = [
    tool(
      "calculate_carbon_footprint",
      "gCO2e of an amount of energy drawn from the grid of a cloud region or country.",
      z.object({ energy_joules: z.number().min(0), region: z.string().max(100) }),
      ({ energy_joules, region }) => ({ ...engine.carbon(energy_joules, region) }),
    ),
    tool(
      "cost_of_variant",
      "Applies edits to the file and returns what the models then cost: parameters, MACs, time, energy, money, and new findings. Use it to check every change you think of.",
      z.object({ edits }),
      (args) => {
        const applied = applyTextEdits(text, args.edits);
        return applied.kind === "failed"
          ? { error: applied.why }
          : shownExamined(engine.examine(applied.text));
      },
    ),
    tool(
      "cost_on_accelerator",
      "What the models of the file cost on another accelerator, such as h100, a100-80gb, rtx4090, l4.",
      z.object({ accelerator: z.string().max(100) }),
      ({ accelerator }) => {
        const examined = engine.onAccelerator(accelerator);
        return "error" in examined ? examined : shownExamined(examined);
      },
    ),
    tool(
      "look_up_fact",
      "Published figures with their source: of an accelerator (memory, rates, power, price), a region (gCO2e/kWh, PUE).",
      z.object({ subject: z.enum(["accelerator", "region"]), name: z.string().max(100) }),
      ({ subject, name }) => ({ ...engine.fact(subject, name) }),
    ),
  ];
  const byName = new Map(tools.map((each) => [each.declaration.name, each]));
  return {
    declarations: tools.map(({ declaration }) => declaration),
    call(name, args) {
      const found = byName.get(name);
      return found === undefined
        ? { error: `there is no function \`${name.slice(0, 60)}\`` }
        : found.run(args);
    },
  };
}

function tool<T>(
  name: string,
  description: string,
  parameters: z.ZodType<T>,
  run: (args: T) => Result,
): Tool {
  const { $schema: _, ...schema } = z.toJSONSchema(parameters);
  return {
    declaration: { name, description, parametersJsonSchema: schema },
    run(args) {
      const read = parameters.safeParse(args);
      return read.success
        ? run(read.data)
        : { error: `arguments do not fit: ${z.prettifyError(read.error)}` };
    },
  };
}

const mostFindings = 20;

/** What a model is told of an examination: enough to judge, no more. */
export const shownExamined = ({ parses, findings, models }: Examined): Result => ({
  parses,
  findings: findings.slice(0, mostFindings),
  models: models.map(({ breakdown, state: _, idle: __, operations: ___, notCounted, ...model }) => ({
    ...model,
    breakdown: breakdown.slice(0, 10),
    notCounted: notCounted.slice(0, 10),
  })),
});
