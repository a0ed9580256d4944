import type {
  Alias,
  ClassDef,
  DictComp,
  Expr,
  FunctionDef,
  Import,
  ImportFrom,
  Lambda,
  ListComp,
  Node,
  Param,
  Stmt,
} from "../syntax/ast.ts";
import { forEachChild } from "../syntax/visit.ts";

/** One place where a name gets a value. */
export type Binding =
  | { readonly kind: "import"; readonly node: Alias; readonly qualified: string }
  | { readonly kind: "param"; readonly node: Param }
  /** `name = value`, and `name: T = value`. */
  | { readonly kind: "assign"; readonly node: Node; readonly value: Expr }
  /** `name, other = value`; `index` is the position in a flat target list, -1 where nesting or a star hides it. */
  | { readonly kind: "unpack"; readonly node: Node; readonly value: Expr; readonly index: number }
  | { readonly kind: "for"; readonly node: Node; readonly iter: Expr }
  | { readonly kind: "with"; readonly node: Node; readonly context: Expr }
  | { readonly kind: "function"; readonly node: FunctionDef }
  | { readonly kind: "class"; readonly node: ClassDef }
  | { readonly kind: "augmented"; readonly node: Node; readonly value: Expr }
  /** Deleted, caught by `except`, captured by a pattern, declared without a value. */
  | { readonly kind: "other"; readonly node: Node };

export type Bindings = ReadonlyMap<string, readonly Binding[]>;

export type ScopeNode = FunctionDef | Lambda | ClassDef | ListComp | DictComp;

export interface Scope {
  readonly bindings: Bindings;
  /** Names that a `global` statement hands to the module. */
  readonly globals: ReadonlySet<string>;
  /** Names that a `nonlocal` statement hands outwards. */
  readonly nonlocals: ReadonlySet<string>;
  /** Modules of `from module import *`, dotted, relative ones with leading dots. */
  readonly starImports: readonly string[];
}

const scopes = new WeakMap<Node, Scope>();

/** The names a function, lambda, class or comprehension binds itself. Computed once per node: trees never change. */
export function scopeOf(node: ScopeNode): Scope {
  const known = scopes.get(node);
  if (known !== undefined) return known;
  const scope = collect(node);
  scopes.set(node, scope);
  return scope;
}

function collect(node: ScopeNode): Scope {
  const collector = createCollector();
  switch (node.kind) {
    case "FunctionDef":
      for (const param of node.params) collector.add(param.name, { kind: "param", node: param });
      collector.statements(node.body);
      break;
    case "Lambda":
      for (const param of node.params) collector.add(param.name, { kind: "param", node: param });
      collector.walrus(node.body);
      break;
    case "ClassDef":
      collector.statements(node.body);
      break;
    default:
      for (const generator of node.generators)
        collector.target(generator.target, (name, at) =>
          collector.add(name, { kind: "for", node: at, iter: generator.iter }),
        );
  }
  return collector.scope();
}

/** The names that statements at module level bind. */
export function scopeOfStatements(body: readonly Stmt[]): Scope {
  const collector = createCollector();
  collector.statements(body);
  return collector.scope();
}

interface Collector {
  add(name: string, binding: Binding): void;
  statements(body: readonly Stmt[]): void;
  walrus(expr: Node): void;
  target(target: Expr, bind: (name: string, at: Node, index: number) => void): void;
  scope(): Scope;
}

function createCollector(): Collector {
  const bindings = new Map<string, Binding[]>();
  const globals = new Set<string>();
  const nonlocals = new Set<string>();
  const starImports: string[] = [];

  const add = (name: string, binding: Binding): void => {
    const same = bindings.get(name);
    if (same === undefined) bindings.set(name, [binding]);
    else same.push(binding);
  };

  const target = (
    expr: Expr,
    bind: (name: string, at: Node, index: number) => void,
    index = 0,
    nested = false,
  ): void => {
    if (expr.kind === "Name") bind(expr.id, expr, index);
    else if (expr.kind === "Starred") target(expr.value, bind, -1, true);
    else if (expr.kind === "Tuple" || expr.kind === "List") {
      const starred = expr.elts.some((elt) => elt.kind === "Starred");
      expr.elts.forEach((elt, i) => {
        target(elt, bind, nested || starred ? -1 : i, true);
      });
    }
  };

  const assign = (expr: Expr, value: Expr): void => {
    if (expr.kind === "Name") add(expr.id, { kind: "assign", node: expr, value });
    else target(expr, (name, node, index) => add(name, { kind: "unpack", node, value, index }));
  };

  /** Walrus targets bind in the function around, comprehensions included. */
  const walrus = (node: Node): void => {
    if (node.kind === "Lambda" || node.kind === "FunctionDef" || node.kind === "ClassDef") return;
    if (node.kind === "NamedExpr") assign(node.target, node.value);
    forEachChild(node, walrus);
  };

  const statements = (body: readonly Stmt[]): void => {
    for (const stmt of body) statement(stmt);
  };

  const statement = (stmt: Stmt): void => {
    switch (stmt.kind) {
      case "Assign":
        for (const each of stmt.targets) assign(each, stmt.value);
        walrus(stmt.value);
        return;
      case "AnnAssign":
        if (stmt.value !== undefined) assign(stmt.target, stmt.value);
        else if (stmt.target.kind === "Name") add(stmt.target.id, { kind: "other", node: stmt.target });
        return;
      case "AugAssign":
        if (stmt.target.kind === "Name")
          add(stmt.target.id, { kind: "augmented", node: stmt.target, value: stmt.value });
        walrus(stmt.value);
        return;
      case "For":
        target(stmt.target, (name, node) => add(name, { kind: "for", node, iter: stmt.iter }));
        walrus(stmt.iter);
        statements(stmt.body);
        statements(stmt.orelse);
        return;
      case "While":
      case "If":
        walrus(stmt.test);
        statements(stmt.body);
        statements(stmt.orelse);
        return;
      case "With":
        for (const item of stmt.items) {
          walrus(item.context);
          if (item.target !== undefined)
            target(item.target, (name, node) => add(name, { kind: "with", node, context: item.context }));
        }
        statements(stmt.body);
        return;
      case "Try":
        statements(stmt.body);
        for (const handler of stmt.handlers) {
          if (handler.name !== undefined) add(handler.name, { kind: "other", node: handler });
          statements(handler.body);
        }
        statements(stmt.orelse);
        statements(stmt.finalbody);
        return;
      case "Match":
        walrus(stmt.subject);
        for (const each of stmt.cases) {
          captures(each.pattern, (name, node) => add(name, { kind: "other", node }));
          statements(each.body);
        }
        return;
      case "FunctionDef":
        add(stmt.name, { kind: "function", node: stmt });
        return;
      case "ClassDef":
        add(stmt.name, { kind: "class", node: stmt });
        return;
      case "Import":
      case "ImportFrom":
        imports(stmt);
        return;
      case "Global":
        for (const name of stmt.names) globals.add(name);
        return;
      case "Nonlocal":
        for (const name of stmt.names) nonlocals.add(name);
        return;
      case "Delete":
        for (const each of stmt.targets)
          if (each.kind === "Name") add(each.id, { kind: "other", node: each });
        return;
      default:
        walrus(stmt);
    }
  };

  const imports = (stmt: Import | ImportFrom): void => {
    for (const alias of stmt.names) {
      if (stmt.kind === "Import") {
        // `import a.b` binds `a`; `import a.b as c` binds `a.b`.
        const top = alias.name.split(".")[0] ?? alias.name;
        add(alias.asName ?? top, {
          kind: "import",
          node: alias,
          qualified: alias.asName === undefined ? top : alias.name,
        });
        continue;
      }
      const from = ".".repeat(stmt.level) + stmt.module;
      if (alias.name === "*") starImports.push(from);
      else
        add(alias.asName ?? alias.name, {
          kind: "import",
          node: alias,
          qualified: from === "" || from.endsWith(".") ? from + alias.name : `${from}.${alias.name}`,
        });
    }
  };

  return { add, statements, walrus, target, scope: () => ({ bindings, globals, nonlocals, starImports }) };
}

function captures(pattern: Node, bind: (name: string, node: Node) => void): void {
  if (pattern.kind === "MatchAs" && pattern.name !== undefined) bind(pattern.name, pattern);
  if (pattern.kind === "MatchStar" && pattern.name !== undefined) bind(pattern.name, pattern);
  if (pattern.kind === "MatchMapping" && pattern.rest !== undefined) bind(pattern.rest, pattern);
  forEachChild(pattern, (child) => {
    captures(child, bind);
  });
}
