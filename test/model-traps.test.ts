import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hintOf, sum } from "../server/src/graph/dim.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";
import { elements, shapes } from "./harness/model-shapes.ts";

/** What test/models/record.py writes: `record.py traps/*.py > traps.json`, in test/models. */
interface Expected {
  readonly inputs: readonly string[];
  readonly parameters: number;
  readonly buffers: number;
  readonly macs: number;
  readonly output: unknown;
}

/** By file: what is not interpreted, or known to the run alone. All others are complete. */
const incomplete: Readonly<Record<string, readonly string[]>> = {
  arrays: ["written_at_a_place_that_the_run_knows"],
  branches: [
    "width_by_value",
    "depth_by_value",
    "kind_by_value",
    "width_by_value",
    "depth_by_value",
    "kind_by_value",
    "known_numbers_written",
    "known_number_beside",
    "one_side_only",
    "sides_of_other_work",
    "sides_of_other_sizes",
    "number_that_decides_later",
    "flag_that_decides_later",
    "dtype_that_decides",
    "list_of_one_side",
    "appended_to_the_module",
    "counted_in_the_module",
    "global_that_decides",
    "closure_that_decides",
    "early_end_of_less_work",
    "early_end_of_another_size",
    "answers_of_two_kinds",
    "raised_and_caught",
    "asserted_and_caught",
    "work_of_a_condition",
    "transposed_by_chance",
    "chance_within_a_loop_that_ends",
    "function_of_either",
    "layer_of_either",
    "gradients_off_on_one_side",
    "generator_that_goes_on",
    "squeezed_in_place",
    "nothing_or_work",
    "work_or_a_warning",
    "rows_if_any",
    "chosen_that_remain",
    "cond_mask_none",
    "split_unknown",
  ],
  built: [
    "layers_of_two_widths",
    "layers_of_two_kinds",
    "tied_by_chance",
    "shared_by_chance",
    "parameters_shared_by_chance",
    "built_on_one_side",
    "depth_by_chance",
  ],
  checkpoints: [
    "widths_from_weights",
    "layers_by_weights",
    "depth_from_checkpoint",
    "settings_updated",
    "weights_replaced",
    "width_of_a_loop",
  ],
  choices: [
    "products_of_chosen_rows",
    "chosen_rows_given_back",
    "a_layer_as_wide_as_what_is_chosen",
    "as_many_rounds_as_are_chosen",
    "a_side_for_none_chosen",
  ],
  windows: [
    "windows_that_may_reach_over_the_end",
    "windows_between_two_chances",
    "windows_counted_from_the_end",
    "a_side_of_a_negative_chance",
  ],
  hooks: ["global_hook"],
  gradients: [
    "own_backward",
    "own_backward_hidden",
    "computed_again",
    "written_through_a_view",
    "inverse",
    "fused_attention",
    "twice_through_a_convolution",
    "twice_through_batch_norm",
  ],
  language: ["generator_with_send", "widths_from_text"],
  machine: [
    "width_of_the_clock",
    "depth_of_the_system",
    "built_in_a_thread",
    "kept_by_a_queue",
    "kept_by_a_thread",
  ],
  numbers: ["slope_by_chance", "sized_by_item"],
  orders: [
    "order_of_some_columns",
    "order_with_repeats",
    "part_of_an_order",
    "order_written_over",
    "several_orders",
  ],
  positions: [
    "rows_of_other_lengths",
    "names_of_other_layers",
    "lists_that_are_added_to",
    "lists_that_one_name_adds_to",
    "settings_that_are_changed",
    "chosen_function",
  ],
  sizes: ["packed_unknown_sorted", "adaptive", "adaptive_predict"],
  nested: ["lengths_that_the_run_knows"],
  tensors: [
    "branch_on_sum",
    "loop_until_small",
    "loop_over_item",
    "selected_rows",
    "nonzero_rows",
    "unique_values",
    "masked_rows_gathered",
    "sparse_product",
    "quantized_dynamically",
    "random_skip",
    "random_skip_by_torch",
    "random_skip_by_numpy",
    "random_choice_of_layer",
    "random_width",
    "random_depth",
    "seeded_choice",
    "early_exit",
    "python_min_of_tensors",
    "sizes_of_runtime_list",
  ],
  sparse: ["LeftOut", "LeftOutOfDense"],
  weights: ["orthogonal", "parametrization_cached", "saved_and_loaded", "parameters_of_its_own"],
};

const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync("test/models/traps.json", "utf8"),
);
const { interpreter, syntax } = await createSession(["test/models"], { ...defaultLimits, steps: 200_000 });

test("programs that mislead are counted as PyTorch runs them, or said to be incomplete", async (t) => {
  assert.ok(Object.keys(expected).length >= 190, "the fixture is too small to prove anything");
  const texts = new Map<string, string>();
  for (const [key, truth] of Object.entries(expected)) {
    const [, name = "", entry = ""] = /^traps\/(\w+)\.py:(\w+\(\))$/.exec(key) ?? [];
    const file = `test/models/traps/${name}.py`;
    const text = texts.get(file) ?? readFileSync(file, "utf8");
    texts.set(file, text);
    await t.test(`${name}: ${entry}`, () => {
      const inputs = truth.inputs.flatMap((spec) => parseInputSpec(spec) ?? []);
      assert.equal(inputs.length, truth.inputs.length);
      const [made] = estimateModels(interpreter, { file, source: syntax.parse(text), entry, inputs });
      assert.ok(made);
      const isOpen = incomplete[name]?.includes(entry.replace("()", "")) === true;
      assert.equal(made.failure, undefined);
      assert.equal(made.complete, !isOpen, JSON.stringify(made.notCounted));
      if (isOpen) assert.ok(made.notCounted.length > 0, "no reason given");
      else
        assert.deepEqual(
          {
            parameters: elements(made.graph.parameters),
            buffers: elements(made.graph.buffers),
            macs: hintOf(sum(made.graph.ops.map((op) => op.work.macs))),
            output: shapes(made.output),
          },
          {
            parameters: truth.parameters,
            buffers: truth.buffers,
            macs: truth.macs,
            output: truth.output,
          },
        );
    });
  }
});
