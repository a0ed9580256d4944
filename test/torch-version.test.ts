import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  lowerBound,
  mayNameTorchVersion,
  parseVersion,
  torchVersionOf,
} from "../server/src/analysis/torch-version.ts";

const written = (version: readonly number[] | undefined): string => version?.join(".") ?? "unknown";

describe("lower bounds", () => {
  const cases: Readonly<Record<string, string>> = {
    ">=2.0": "2.0",
    ">= 2.0, < 3": "2.0",
    "<3,>=1.13": "1.13",
    "==2.1.2": "2.1.2",
    "==2.1.*": "2.1",
    "===2.1": "2.1",
    "~=2.1": "2.1",
    ">2.0": "2.0",
    "^2.1": "2.1",
    "~2.1": "2.1",
    "2.1": "2.1",
    "2.1.*": "2.1",
    "=2.1=py3.10_cuda11.8_cudnn8": "2.1",
    "=2.1": "2.1",
    "==2.4.1+cu121": "2.4.1",
    ">=2.0,!=2.0.1,<2.5": "2.0",
    ">=1.13 || >=2.1": "1.13",
    ">=2.1,>=2.3": "2.3",
    ">=2.5.0.dev20240901": "2.5.0",
    "2.6.0rc1": "2.6.0",
    "<2.5": "unknown",
    "!=2.0.1": "unknown",
    "*": "unknown",
    "": "unknown",
    "<2 || >=2.4": "unknown",
    ">=two": "unknown",
  };
  for (const [specifier, expected] of Object.entries(cases))
    test(`${specifier} -> ${expected}`, () => {
      assert.equal(written(lowerBound(specifier)), expected);
    });

  test("versions as a user writes them", () => {
    assert.deepEqual(parseVersion("2.10"), [2, 10]);
    assert.deepEqual(parseVersion(" 2.4.1+cu121 "), [2, 4, 1]);
    assert.equal(parseVersion(">=2"), undefined);
    assert.equal(parseVersion("stable"), undefined);
  });
});

const cases: readonly {
  readonly what: string;
  readonly name: string;
  readonly text: string;
  readonly expected: string;
}[] = [
  {
    what: "PEP 621",
    name: "pyproject.toml",
    text: '[project]\ndependencies = ["numpy>=1.20", "torch>=2.1,<3", "torchvision>=0.16"]\n',
    expected: "2.1",
  },
  {
    what: "PEP 621 with extras and markers",
    name: "pyproject.toml",
    text: "[project]\ndependencies = [\"torch[opt-einsum] (>=2.2) ; python_version >= '3.9'\"]\n",
    expected: "2.2",
  },
  {
    what: "optional dependencies, when the main ones say nothing",
    name: "pyproject.toml",
    text: '[project]\ndependencies = ["torch"]\n[project.optional-dependencies]\ngpu = ["torch==2.4.0"]\ncpu = ["torch>=2.2"]\n',
    expected: "2.2",
  },
  {
    what: "dependency groups",
    name: "pyproject.toml",
    text: '[dependency-groups]\ndev = [{include-group = "x"}, "torch~=2.3"]\n',
    expected: "2.3",
  },
  {
    what: "Poetry",
    name: "pyproject.toml",
    text: '[tool.poetry.dependencies]\npython = "^3.10"\ntorch = "^2.1.0"\n',
    expected: "2.1.0",
  },
  {
    what: "Poetry by platform",
    name: "pyproject.toml",
    text: '[tool.poetry.dependencies]\ntorch = [\n  {version = "2.4.0", platform = "linux"},\n  {version = "2.2.2", platform = "darwin"},\n]\n',
    expected: "2.2.2",
  },
  {
    what: "Poetry groups",
    name: "pyproject.toml",
    text: '[tool.poetry.group.ml.dependencies]\ntorch = {version = "2.0.1", source = "x"}\n',
    expected: "2.0.1",
  },
  {
    what: "no bound",
    name: "pyproject.toml",
    text: '[project]\ndependencies = ["torch"]\n',
    expected: "unknown",
  },
  {
    what: "wrong types",
    name: "pyproject.toml",
    text: "[project]\ndependencies = 3\n[tool.poetry]\ndependencies = 'torch'\n",
    expected: "unknown",
  },
  { what: "broken TOML", name: "pyproject.toml", text: "[project\ntorch>=2.0", expected: "unknown" },
  {
    what: "requirements",
    name: "requirements.txt",
    text: "# torch==1.0\nnumpy\r\ntorch>=1.13  # GPU\r\ntorchvision==0.14\n",
    expected: "1.13",
  },
  {
    what: "requirements with hashes and continuation",
    name: "requirements-dev.txt",
    text: "torch==2.4.1 \\\n    --hash=sha256:abc \\\n    --hash=sha256:def\n",
    expected: "2.4.1",
  },
  {
    what: "requirements with a marker each",
    name: "requirements.txt",
    text: "torch==2.4.1; sys_platform == 'linux'\ntorch==2.2.2; sys_platform == 'darwin'\n",
    expected: "2.2.2",
  },
  {
    what: "a wheel",
    name: "requirements.txt",
    text: "torch @ https://example.org/whl/torch-2.1.0%2Bcu118-cp310-cp310-linux_x86_64.whl\n",
    expected: "2.1.0",
  },
  {
    what: "other packages that start like torch",
    name: "requirements.txt",
    text: "torchmetrics==1.0\ntorch-geometric==2.5\npytorch-lightning==2.0\n",
    expected: "unknown",
  },
  {
    what: "conda",
    name: "environment.yml",
    text: "dependencies:\n  - python=3.10\n  - pytorch::pytorch=2.1.0=py3.10_cuda12.1_cudnn8.9.2_0\n  - pytorch-cuda=12.1\n",
    expected: "2.1.0",
  },
  {
    what: "conda, range in quotes",
    name: "environment.yaml",
    text: 'dependencies:\n  - "pytorch >=2.0,<2.4" # why\n  - pytorch-lightning=1.9\n',
    expected: "2.0",
  },
  {
    what: "conda's pip list",
    name: "environment-gpu.yml",
    text: "dependencies:\n  - pip:\n    - torch==1.12.1\n",
    expected: "1.12.1",
  },
  {
    what: "uv.lock",
    name: "uv.lock",
    text: '[[package]]\nname = "torch"\nversion = "2.5.1"\n\n[[package]]\nname = "torchvision"\nversion = "0.20.1"\n',
    expected: "2.5.1",
  },
  {
    what: "setup.cfg",
    name: "setup.cfg",
    text: "[options]\ninstall_requires =\n    numpy\n    torch >= 1.10\n",
    expected: "1.10",
  },
  {
    what: "setup.cfg on one line",
    name: "setup.cfg",
    text: "[options]\ninstall_requires = torch>=1.10\n",
    expected: "1.10",
  },
  {
    what: "setup.py",
    name: "setup.py",
    text: "setup(install_requires=['tqdm', 'torch>=1.7,<2', \"torchaudio>=0.7\"])\n",
    expected: "1.7",
  },
  { what: "a file of another name", name: "notes.txt", text: "torch==2.0\n", expected: "unknown" },
];

describe("the torch a project wants", () => {
  for (const { what, name, text, expected } of cases)
    test(`${name}: ${what}`, () => {
      assert.equal(written(torchVersionOf([{ name, text }])), expected);
    });

  test("declarations before locks, whatever their order", () => {
    const lock = { name: "uv.lock", text: 'name = "torch"\nversion = "2.5.1"\n' };
    const declared = { name: "pyproject.toml", text: '[project]\ndependencies = ["torch>=2.0"]\n' };
    assert.deepEqual(torchVersionOf([lock, declared]), [2, 0]);
    assert.deepEqual(
      torchVersionOf([lock, { name: "pyproject.toml", text: '[project]\ndependencies = ["torch"]\n' }]),
      [2, 5, 1],
    );
  });

  test("no files, no answer", () => {
    assert.equal(torchVersionOf([]), undefined);
  });

  test("which files to look at", () => {
    for (const name of ["pyproject.toml", "requirements-dev.txt", "uv.lock", "setup.cfg", "environment.yml"])
      assert.ok(mayNameTorchVersion(name), name);
    for (const name of ["notes.txt", "model.py", "package-lock.json"])
      assert.ok(!mayNameTorchVersion(name), name);
  });
});
