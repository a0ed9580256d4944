import type { Unknown } from "../base/known.ts";
import type { Import, ImportFrom } from "../syntax/ast.ts";
import type { Frame, Machine } from "./machine.ts";
import { moduleAttribute, moduleVariable } from "./module-attribute.ts";
import { looker, plainUnknown } from "./plain-unknown.ts";
import { raise } from "./raise.ts";
import { store } from "./scope.ts";
import type { PyModule, Value } from "./values.ts";

/** `import a.b as c`: nothing runs until a name of the module is read. */
export function bindImport(m: Machine, node: Import, frame: Frame): void {
  for (const alias of node.names) {
    const found = m.findModule(alias.name);
    if (found === undefined && frame.trying > 0) missing(m, alias.name);
    const root = alias.name.split(".")[0] ?? alias.name;
    const name = alias.asName === undefined ? root : alias.name;
    if (found !== undefined) makeNamespaces(m, alias.name);
    const isPart = alias.asName !== undefined && alias.name.includes(".");
    if (found !== undefined && isPart && mayBind(m, found, lastOf(alias.name)))
      bindLast(m, alias.name, found, alias.asName ?? root, frame);
    else store(frame, alias.asName ?? root, m.findModule(name) ?? absent(m, name));
    if (found !== undefined) m.register(found);
  }
}

const lastOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** The module may bind the name that it has itself, as far as nothing has to run to tell. */
function mayBind(m: Machine, module: PyModule, name: string): boolean {
  const known = m.starNames(module)?.includes(name);
  return known ?? (!module.vars.has("__name__") || module.vars.has(name) || module.lazy.has(name));
}

/** `import a.b as c` is what `a` calls `b`: a function, where the package has done `from .b import b`. */
function bindLast(m: Machine, name: string, found: PyModule, asName: string, frame: Frame): void {
  const outer = m.findModule(name.slice(0, name.lastIndexOf(".")));
  const made = (): Value => {
    if (outer === undefined) return found;
    m.load(outer);
    const bound = moduleVariable(outer, lastOf(name));
    if (bound === undefined || bound === found) return found;
    m.load(found);
    return moduleVariable(found, lastOf(name)) === bound ? bound : found;
  };
  const isTop = frame.kind === "module" && frame.trying === 0;
  if (!isTop || outer === undefined) store(frame, asName, made());
  else {
    frame.code.module.vars.delete(asName);
    frame.code.module.lazy.set(asName, made);
  }
}

/** The packages that a module is in are there by its import, also those without an `__init__.py`. */
export function makeNamespaces(m: Machine, name: string): void {
  const parts = name.split(".");
  for (let depth = 1; depth < parts.length; depth += 1) {
    const outer = parts.slice(0, depth).join(".");
    if (m.findModule(outer) === undefined) m.namespace(outer);
  }
}

export function bindImportFrom(m: Machine, node: ImportFrom, frame: Frame): void {
  const source = absoluteName(node, frame);
  const module = m.findModule(source);
  if (module === undefined) {
    if (bindFromNamespace(m, source, node, frame)) return;
    if (frame.trying > 0) missing(m, source);
    const why = absent(m, source);
    for (const alias of node.names)
      if (alias.name === "*") frame.code.module.doubt ??= why.why;
      else store(frame, alias.asName ?? alias.name, why);
    return;
  }
  m.register(module);
  for (const alias of node.names) {
    if (alias.name === "*") {
      importStar(m, module, frame);
      continue;
    }
    const name = alias.asName ?? alias.name;
    const own = frame.code.module;
    const isTop = frame.kind === "module" && frame.trying === 0;
    if (isTop) {
      own.vars.delete(name);
      const isPart = own === module || !(module.vars.has(alias.name) || module.lazy.has(alias.name));
      own.lazy.set(
        name,
        importLater(m, { module, name: alias.name, path: `${source}.${alias.name}` }, { own, name }),
      );
      if (isPart) registerPart(m, source, module, alias.name);
    } else {
      const value = importedName(m, module, alias.name);
      if (value === undefined && frame.trying > 0)
        raise(m, "ImportError", `cannot import name '${alias.name}' from '${source}'`);
      store(frame, name, value ?? m.unknown(`\`${source}.${alias.name}\` was not found`));
    }
  }
}

/** `from package import module`: the package does not bind that name itself. */
function registerPart(m: Machine, source: string, module: PyModule, name: string): void {
  if (module.file?.endsWith("/__init__.py") !== true) return;
  const part = m.findModule(`${source}.${name}`);
  if (part !== undefined) m.register(part);
}

interface Origin {
  readonly module: PyModule;
  readonly name: string;
  readonly path: string;
}

const origins = new WeakMap<() => Value, Origin>();

/** What an import that waits will bind: the same for the same name of the same module. */
export const importedFrom = (waiting: () => Value): string | undefined => origins.get(waiting)?.path;

/** More than any name is passed on from module to module; modules that pass one back and forth have no end. */
const maxHops = 64;

/** What an import that waits will bind, as far as nothing has to run for that. */
export function boundLater(
  waiting: () => Value,
  modules: ReadonlyMap<string, PyModule>,
  hops = maxHops,
): Value | undefined {
  const origin = origins.get(waiting);
  if (origin === undefined || hops === 0) return undefined;
  const { module, name } = origin;
  const bound = module.vars.get(name);
  if (bound !== undefined) return bound;
  const next = module.lazy.get(name);
  // `from . import part`: the package binds the name to this import itself.
  if (next !== undefined && next !== waiting) return boundLater(next, modules, hops - 1);
  return module.vars.has("__name__") ? modules.get(`${module.name}.${name}`) : undefined;
}

/** Imports that are being made: their modules do not hold them meanwhile. */
const underway = new WeakMap<PyModule, Map<string, Origin>>();

function whileUnderway<T>(own: PyModule, name: string, origin: Origin, make: () => T): T {
  const made = underway.get(own) ?? new Map<string, Origin>();
  underway.set(own, made.set(name, origin));
  try {
    return make();
  } finally {
    made.delete(name);
  }
}

/** Whether what a module calls so is, from import to import, what another module calls so. */
function leadsTo(wanted: PyModule, from: PyModule, name: string): boolean {
  let [module, called] = [from, name];
  for (let hops = maxHops; hops > 0 && !module.vars.has(called); hops -= 1) {
    const waiting = module.lazy.get(called);
    const origin = waiting === undefined ? underway.get(module)?.get(called) : origins.get(waiting);
    if (origin === undefined) return false;
    if (origin.module === wanted && origin.name === name) return true;
    ({ module, name: called } = origin);
  }
  return false;
}

interface Bound {
  readonly own: PyModule;
  readonly name: string;
}

/** Code of the module is being run by what asks for a name of it. */
function isRunning(m: Machine, module: PyModule): boolean {
  for (let { frame } = m.state; frame !== undefined; frame = frame.caller)
    if (frame.kind === "module" && frame.code.module === module) return true;
  return false;
}

/**
 * Modules import each other: what is not there yet is looked for again when the statement that reads it is run again.
 * @param otherwise what the name is where the module does not bind it
 */
function importLater(
  m: Machine,
  origin: Origin,
  { own, name }: Bound,
  otherwise?: () => Value | undefined,
): () => Value {
  const made = (): Value => {
    const { early } = m.state;
    const before = early.length;
    const found =
      whileUnderway(own, name, origin, () => importedName(m, origin.module, origin.name)) ?? otherwise?.();
    const isEarly = early.length > before || (found === undefined && isRunning(m, origin.module));
    if (isEarly) early.push({ module: own, name, later: made });
    return found ?? m.unknown(`\`${origin.path}\` was not found`);
  };
  origins.set(made, origin);
  return made;
}

/** A module that is imported with a star may have a name from its importer: there it is what it was before the import. */
function rebindLater(m: Machine, own: PyModule, name: string, module: PyModule): () => Value {
  const before = bindingOf(own, name);
  if (before === undefined) {
    const isPackage = own.file?.endsWith("/__init__.py") === true;
    const part = isPackage ? () => m.findModule(`${own.name}.${name}`) : undefined;
    return importLater(m, { module, name, path: `${module.name}.${name}` }, { own, name }, part);
  }
  const made = (): Value => {
    own.lazy.set(name, before);
    m.load(module);
    const value = (leadsTo(own, module, name) ? undefined : importedName(m, module, name)) ?? before();
    own.lazy.delete(name);
    return value;
  };
  origins.set(made, { module, name, path: `${module.name}.${name}` });
  return made;
}

const bindingOf = ({ vars, lazy }: PyModule, name: string): (() => Value) | undefined => {
  const bound = vars.get(name);
  return bound === undefined ? lazy.get(name) : () => bound;
};

/** `from namespace import module`, where the package has no `__init__.py`. */
function bindFromNamespace(m: Machine, source: string, node: ImportFrom, frame: Frame): boolean {
  const found = node.names.map((alias) => m.findModule(`${source}.${alias.name}`));
  if (!found.some((each) => each !== undefined)) return false;
  for (const [i, alias] of node.names.entries())
    store(frame, alias.asName ?? alias.name, found[i] ?? absent(m, `${source}.${alias.name}`));
  return true;
}

const importedName = (m: Machine, module: PyModule, name: string): Value | undefined =>
  moduleAttribute(m, module, name);

/** A module that is not there, asked for by its name: as where a statement asks for it. */
export const notThere = (m: Machine, name: string): Value =>
  (m.state.frame?.trying ?? 0) > 0 ? missing(m, name) : absent(m, name);

const missing = (m: Machine, name: string): never =>
  raise(m, "ModuleNotFoundError", `No module named '${name}'`);

/** Packages whose objects hold no parameters of torch. */
const withoutParameters = new Set(
  `absl aiohttp albumentations annoy ase boto3 catboost click colorama colorlog configargparse ConfigSpace
  coremltools ctcdecode cuml cupy cv2 datasets decord dlib dm_control docopt dotenv editdistance faiss fire
  flask ftfy g2p_en gdown gensim geopandas gradio gym gymnasium h5py hnswlib hyperopt igraph imageio inflect
  IPython jax jieba jiwer joblib jsonlines kenlm keras konlpy librosa lightgbm lmdb MDAnalysis mdtraj MeCab
  medpy miditoolkit minigrid mne moviepy msgpack mujoco mujoco_py music21 natsort netCDF4 networkx nevergrad
  nibabel nltk numba onnx onnxruntime onnxsim openai openbabel openpyxl optuna orjson pandas pdb pettingzoo
  phonemizer PIL plotly pretty_midi procgen psutil pyarrow pybullet pycocotools pyctcdecode pydicom pydot pydub
  pygame pymatgen pynvml pypinyin pytest pyworld rasterio ray rdkit regex requests resampy sacrebleu sacred
  sacremoses scipy seaborn sentencepiece setproctitle shapely SimpleITK skimage sklearn skopt sounddevice
  soundfile spacy statsmodels streamlit submitit sympy tensorboard_logger tensorflow textgrid tifffile tiktoken
  timeout_decorator tokenizers toml trimesh ujson unidecode webdataset wfdb wget xarray xgboost yapf zarr zmq`.split(
    /\s+/,
  ),
);

/** Those that tell of what they are given and leave it as it is. */
const looking = new Set(
  `comet_ml icecream loguru matplotlib mlflow neptune prettytable ptflops rich swanlab tabulate tensorboard tensorboardX termcolor thop
  torchinfo torchsummary torchsummaryX torchviz visdom wandb`.split(/\s+/),
);

function absent(m: Machine, name: string): Unknown {
  if (/^torch\.utils\.tensorboard(\.|$)/.test(name)) return looker(m, `\`${name}\` is not modelled`);
  if (/^torch(\.|$)/.test(name)) return m.unknown(`\`${name}\` is not modelled`);
  const top = name.replace(/\..*$/, "");
  const why = whyAbsent(name, m.findModule(top));
  if (looking.has(top)) return looker(m, why);
  return withoutParameters.has(top) ? plainUnknown(m, why) : m.unknown(why);
}

/** A package may be there without one of its modules: what stands in for it has not all of them. */
function whyAbsent(name: string, top: PyModule | undefined): string {
  if (top === undefined) return `package \`${name.replace(/\..*$/, "")}\` was not found`;
  return top.file?.startsWith("<") === false
    ? `module \`${name}\` was not found`
    : `\`${name}\` is not modelled`;
}

function absoluteName(node: ImportFrom, frame: Frame): string {
  if (node.level === 0) return node.module;
  const parts = frame.code.module.pkg.split(".");
  const base = parts.slice(0, parts.length - node.level + 1).join(".");
  return node.module === "" ? base : base === "" ? node.module : `${base}.${node.module}`;
}

/** `from module import *`: binds each public name lazily. */
function importStar(m: Machine, module: PyModule, frame: Frame): void {
  const own = frame.code.module;
  const known = m.starNames(module);
  if (known === undefined) m.load(module);
  for (const name of known ?? publicNames(m, module)) {
    const later = rebindLater(m, own, name, module);
    own.vars.delete(name);
    own.lazy.set(name, later);
  }
  if (module.doubt !== undefined) own.doubt ??= module.doubt;
  if (module.resolve !== undefined && own.resolve === undefined) own.resolve = module.resolve;
}

function publicNames(m: Machine, module: PyModule): readonly string[] {
  const all = moduleVariable(module, "__all__");
  if (all !== undefined && typeof all === "object" && (all.kind === "list" || all.kind === "tuple"))
    return all.items.flatMap((name) => (typeof name === "string" ? [name] : []));
  if (all !== undefined) m.note("a star import", `\`__all__\` of \`${module.name}\` is unknown`);
  return [...module.vars.keys(), ...module.lazy.keys()].filter((name) => !name.startsWith("_"));
}
