import { mentionsAny } from "../semantic/device-evidence.ts";
import type { Module } from "../semantic/module.ts";

const folders = /(?:^|\/)(?:tests?|testing|benchmarks?)\//;
const names = /(?:^|\/)(?:test_[^/]*|[^/]*_test|tests?|conftest|bench_[^/]*)\.py$/;

/** What a program mentions that is started by hand on a trained model, and a test of software does not. */
const ofPrograms = ["ArgumentParser", "parse_args", "load_state_dict", "from_pretrained"];
const ofTests = [
  "pytest",
  "unittest",
  "TestCase",
  "testing",
  "allclose",
  "assert_allclose",
  "assert_close",
  "assertEqual",
  "assertTrue",
  "parametrize",
  "fixture",
  "monkeypatch",
];

/**
 * Whether a file at this path holds tests or benchmarks, which do on purpose what elsewhere is waste. In research code `test.py`
 * is the program that runs a trained model over the test set, where findings are worth as much as in training.
 */
export function testFileBy(path: string): (module: Module) => boolean {
  if (folders.test(path)) return () => true;
  return names.test(path)
    ? (module) => !mentionsAny(ofPrograms, module) || mentionsAny(ofTests, module)
    : () => false;
}
