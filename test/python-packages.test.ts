import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { packageFolders } from "../server/src/host/python-packages.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder();
});
afterEach(() => folder.remove());

const at = (path: string): string => join(folder.path, path);

/** Folders below the test's own, by the names the test gave them. */
const found = (named: readonly string[], projects: readonly string[] = []): readonly string[] =>
  packageFolders(named.map(at), projects.map(at))
    .filter((path) => path.startsWith(folder.path))
    .map((path) => path.slice(folder.path.length + 1));

const write = (...paths: readonly string[]): void => {
  for (const path of paths) folder.write(path, "");
};

test("a virtual environment in the project's folder", () => {
  write("app/.venv/lib/python3.11/site-packages/torch/__init__.py");
  assert.deepEqual(found([], ["app"]), ["app/.venv/lib/python3.11/site-packages"]);
});

test("the interpreter of a virtual environment stands for it, even as a link to the system's", () => {
  write("base/bin/python3.11", "base/lib/python3.11/site-packages/old.py");
  write("env/lib/python3.11/site-packages/torch/__init__.py");
  folder.write("env/pyvenv.cfg", `home = ${at("base/bin")}\nversion = 3.11.2\n`);
  folder.write("env/bin/activate", "");
  symlinkSync(at("base/bin/python3.11"), at("env/bin/python"));
  assert.deepEqual(found(["env/bin/python"]), ["env/lib/python3.11/site-packages"]);
});

test("an environment that lets the packages below it through", () => {
  write("base/lib/python3.11/site-packages/old.py", "base/lib/python3.9/site-packages/older.py");
  write("env/lib/python3.11/site-packages/new.py");
  folder.write(
    "env/pyvenv.cfg",
    `home = ${at("base/bin")}\ninclude-system-site-packages = true\nversion = 3.11.2\n`,
  );
  assert.deepEqual(found(["env"]), ["env/lib/python3.11/site-packages", "base/lib/python3.11/site-packages"]);
});

test("Debian's packages, of the version of the interpreter", () => {
  write(
    "usr/bin/python3.11",
    "usr/lib/python3/dist-packages/torch.py",
    "usr/local/lib/python3.11/dist-packages/timm.py",
    "usr/local/lib/python3.9/dist-packages/timm.py",
    "usr/lib/python3.11/ast.py",
    "usr/lib/python3.9/ast.py",
  );
  symlinkSync(at("usr/bin/python3.11"), at("usr/bin/python3"));
  assert.deepEqual(found(["usr/bin/python3"]), [
    "usr/local/lib/python3.11/dist-packages",
    "usr/lib/python3/dist-packages",
  ]);
});

test("a link to an interpreter elsewhere", () => {
  write("opt/bin/python3.12", "opt/lib/python3.12/site-packages/torch.py", "bin/other");
  symlinkSync(at("opt/bin/python3.12"), at("bin/python3"));
  assert.deepEqual(found(["bin/python3"]), ["opt/lib/python3.12/site-packages"]);
});

test("Windows: of Python itself, of conda and of a virtual environment", () => {
  write("Python312/python.exe", "Python312/Lib/site-packages/torch.py");
  write("venv/Scripts/python.exe", "venv/Lib/site-packages/timm.py");
  folder.write("venv/pyvenv.cfg", `home = ${at("Python312")}\ninclude-system-site-packages = true\n`);
  assert.deepEqual(found(["Python312/python.exe"]), ["Python312/Lib/site-packages"]);
  assert.deepEqual(found(["venv/Scripts/python.exe"]), [
    "venv/Lib/site-packages",
    "Python312/Lib/site-packages",
  ]);
});

test("a conda environment, by folder", () => {
  write("conda/envs/ml/conda-meta/history", "conda/envs/ml/lib/python3.10/site-packages/torch.py");
  assert.deepEqual(found(["conda/envs/ml"]), ["conda/envs/ml/lib/python3.10/site-packages"]);
});

test("paths in .pth files and the mappings of editable installs, without running either", () => {
  const packages = "env/lib/python3.11/site-packages";
  write("src/mine/__init__.py", "flat/other/__init__.py", `${packages}/sub/x.py`);
  folder.write(`${packages}/a.pth`, `# a comment\nimport os; os.abort()\nsub\nmissing\n${at("src")}\n`);
  folder.write(`${packages}/b.pth`, "import __editable___other_1_0_finder; x()\n");
  folder.write(
    `${packages}/__editable___other_1_0_finder.py`,
    `import sys\nMAPPING: dict[str, str] = {'other': '${at("flat/other")}', 'renamed': '${at("src/mine")}'}\n`,
  );
  assert.deepEqual(found(["env"]), [packages, "flat", `${packages}/sub`, "src"]);
});

test("a folder of packages is taken as it is, a file that is no Python is not", () => {
  write("packages/torch.py", "bin/ruby");
  assert.deepEqual(found(["packages"]), ["packages"]);
  assert.deepEqual(found(["bin/ruby", "gone/bin/python"]), []);
});
