/**
 * The syntax tree of Python that rules and the interpreter read: the shape of CPython's `ast` module,
 * without the quirks of the grammar below it.
 *
 * `start` and `end` are UTF-16 offsets relative to the chunk, so that an unchanged chunk can move in
 * its file without being touched. Broken code yields `Invalid` nodes, never an exception.
 */
interface Base {
  readonly start: number;
  readonly end: number;
  /** Set when the tree is linked; `undefined` at a chunk's top level. */
  readonly parent?: Node | undefined;
}

// ---- expressions
export interface Name extends Base {
  readonly kind: "Name";
  readonly id: string;
}
export interface Attribute extends Base {
  readonly kind: "Attribute";
  readonly value: Expr;
  readonly attr: string;
  readonly attrStart: number;
}
export interface Subscript extends Base {
  readonly kind: "Subscript";
  readonly value: Expr;
  /** A `Tuple` when there are several indices, as in CPython. */
  readonly index: Expr;
}
export interface Slice extends Base {
  readonly kind: "Slice";
  readonly lower: Expr | undefined;
  readonly upper: Expr | undefined;
  readonly step: Expr | undefined;
}
export interface Keyword extends Base {
  readonly kind: "Keyword";
  /** `undefined` for `**value`. */
  readonly name: string | undefined;
  readonly value: Expr;
}
export interface Call extends Base {
  readonly kind: "Call";
  readonly func: Expr;
  /** Positional arguments; `*value` is a `Starred`. */
  readonly args: readonly Expr[];
  readonly keywords: readonly Keyword[];
  /** Span of the argument list, parentheses included. */
  readonly argsStart: number;
  readonly argsEnd: number;
}
export interface Int extends Base {
  readonly kind: "Int";
  /** Exact up to 2^53; larger literals are rounded. */
  readonly value: number;
}
export interface Float extends Base {
  readonly kind: "Float";
  readonly value: number;
}
export interface Imaginary extends Base {
  readonly kind: "Imaginary";
  readonly value: number;
}
export interface Str extends Base {
  readonly kind: "Str";
  readonly value: string;
}
export interface Bytes extends Base {
  readonly kind: "Bytes";
  readonly value: string;
}
export interface FormattedValue extends Base {
  readonly kind: "FormattedValue";
  readonly value: Expr;
  readonly conversion: string | undefined;
  /** The format specification: text and nested fields. */
  readonly spec: readonly (Str | FormattedValue)[];
  /** The text before `=` in `f"{x=}"`, printed before the value. */
  readonly debug: string | undefined;
}
export interface FString extends Base {
  readonly kind: "FString";
  readonly parts: readonly (Str | FormattedValue)[];
}
export interface Bool extends Base {
  readonly kind: "Bool";
  readonly value: boolean;
}
export interface None extends Base {
  readonly kind: "None";
}
export interface Ellipsis extends Base {
  readonly kind: "Ellipsis";
}
export type UnaryOperator = "-" | "+" | "~" | "not";
export interface UnaryOp extends Base {
  readonly kind: "UnaryOp";
  readonly op: UnaryOperator;
  readonly operand: Expr;
}
export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**" | "@" | "&" | "|" | "^" | "<<" | ">>";
export interface BinOp extends Base {
  readonly kind: "BinOp";
  readonly left: Expr;
  readonly op: BinaryOperator;
  readonly right: Expr;
}
export interface BoolOp extends Base {
  readonly kind: "BoolOp";
  readonly op: "and" | "or";
  readonly values: readonly Expr[];
}
export type CompareOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "is" | "is not" | "in" | "not in";
export interface Compare extends Base {
  readonly kind: "Compare";
  readonly left: Expr;
  readonly ops: readonly CompareOperator[];
  readonly comparators: readonly Expr[];
}
export interface IfExp extends Base {
  readonly kind: "IfExp";
  readonly test: Expr;
  readonly body: Expr;
  readonly orelse: Expr;
}
export interface Lambda extends Base {
  readonly kind: "Lambda";
  readonly params: readonly Param[];
  readonly body: Expr;
}
export interface Tuple extends Base {
  readonly kind: "Tuple";
  readonly elts: readonly Expr[];
}
export interface List extends Base {
  readonly kind: "List";
  readonly elts: readonly Expr[];
}
export interface SetExpr extends Base {
  readonly kind: "Set";
  readonly elts: readonly Expr[];
}
export interface DictItem extends Base {
  readonly kind: "DictItem";
  /** `undefined` for `**value`. */
  readonly key: Expr | undefined;
  readonly value: Expr;
}
export interface Dict extends Base {
  readonly kind: "Dict";
  readonly items: readonly DictItem[];
}
export interface Comprehension extends Base {
  readonly kind: "Comprehension";
  readonly target: Expr;
  readonly iter: Expr;
  readonly ifs: readonly Expr[];
  readonly isAsync: boolean;
}
export interface ListComp extends Base {
  readonly kind: "ListComp" | "SetComp" | "GeneratorExp";
  readonly elt: Expr;
  readonly generators: readonly Comprehension[];
}
export interface DictComp extends Base {
  readonly kind: "DictComp";
  readonly key: Expr;
  readonly value: Expr;
  readonly generators: readonly Comprehension[];
}
export interface Starred extends Base {
  readonly kind: "Starred";
  readonly value: Expr;
}
export interface Await extends Base {
  readonly kind: "Await";
  readonly value: Expr;
}
export interface Yield extends Base {
  readonly kind: "Yield";
  readonly value: Expr | undefined;
}
export interface YieldFrom extends Base {
  readonly kind: "YieldFrom";
  readonly value: Expr;
}
export interface NamedExpr extends Base {
  readonly kind: "NamedExpr";
  readonly target: Expr;
  readonly value: Expr;
}
/** Text that is not Python (yet): what it means is unknown. Stands for an expression, a statement or a pattern. */
export interface Invalid extends Base {
  readonly kind: "Invalid";
}

export type Expr =
  | Name
  | Attribute
  | Subscript
  | Slice
  | Call
  | Int
  | Float
  | Imaginary
  | Str
  | Bytes
  | FString
  | Bool
  | None
  | Ellipsis
  | UnaryOp
  | BinOp
  | BoolOp
  | Compare
  | IfExp
  | Lambda
  | Tuple
  | List
  | SetExpr
  | Dict
  | ListComp
  | DictComp
  | Starred
  | Await
  | Yield
  | YieldFrom
  | NamedExpr
  | Invalid;

// ---- statements
export interface ExprStmt extends Base {
  readonly kind: "ExprStmt";
  readonly value: Expr;
}
export interface Assign extends Base {
  readonly kind: "Assign";
  /** Several for `a = b = value`. */
  readonly targets: readonly Expr[];
  readonly value: Expr;
}
export interface AnnAssign extends Base {
  readonly kind: "AnnAssign";
  readonly target: Expr;
  readonly annotation: Expr;
  readonly value: Expr | undefined;
}
export interface AugAssign extends Base {
  readonly kind: "AugAssign";
  readonly target: Expr;
  readonly op: BinaryOperator;
  readonly value: Expr;
}
export interface Return extends Base {
  readonly kind: "Return";
  readonly value: Expr | undefined;
}
export interface If extends Base {
  readonly kind: "If";
  readonly test: Expr;
  readonly body: readonly Stmt[];
  /** `elif` is an `If` alone in here, as in CPython. */
  readonly orelse: readonly Stmt[];
}
export interface For extends Base {
  readonly kind: "For";
  readonly target: Expr;
  readonly iter: Expr;
  readonly body: readonly Stmt[];
  readonly orelse: readonly Stmt[];
  readonly isAsync: boolean;
}
export interface While extends Base {
  readonly kind: "While";
  readonly test: Expr;
  readonly body: readonly Stmt[];
  readonly orelse: readonly Stmt[];
}
export interface WithItem extends Base {
  readonly kind: "WithItem";
  readonly context: Expr;
  readonly target: Expr | undefined;
}
export interface With extends Base {
  readonly kind: "With";
  readonly items: readonly WithItem[];
  readonly body: readonly Stmt[];
  readonly isAsync: boolean;
}
export interface ExceptHandler extends Base {
  readonly kind: "ExceptHandler";
  readonly type: Expr | undefined;
  readonly name: string | undefined;
  readonly body: readonly Stmt[];
}
export interface Try extends Base {
  readonly kind: "Try";
  readonly body: readonly Stmt[];
  readonly handlers: readonly ExceptHandler[];
  readonly orelse: readonly Stmt[];
  readonly finalbody: readonly Stmt[];
}
export interface Raise extends Base {
  readonly kind: "Raise";
  readonly exception: Expr | undefined;
  readonly cause: Expr | undefined;
}
export interface Assert extends Base {
  readonly kind: "Assert";
  readonly test: Expr;
  readonly message: Expr | undefined;
}
export interface Alias extends Base {
  readonly kind: "Alias";
  /** Dotted; `*` for a star import. */
  readonly name: string;
  readonly asName: string | undefined;
}
export interface Import extends Base {
  readonly kind: "Import";
  readonly names: readonly Alias[];
}
export interface ImportFrom extends Base {
  readonly kind: "ImportFrom";
  /** Without the leading dots. */
  readonly module: string;
  /** Number of leading dots. */
  readonly level: number;
  readonly names: readonly Alias[];
}
export interface Param extends Base {
  readonly kind: "Param";
  readonly name: string;
  readonly annotation: Expr | undefined;
  readonly default: Expr | undefined;
  readonly mode: "positional-only" | "positional" | "var-positional" | "keyword-only" | "var-keyword";
}
export interface FunctionDef extends Base {
  readonly kind: "FunctionDef";
  readonly name: string;
  readonly nameStart: number;
  readonly params: readonly Param[];
  readonly returns: Expr | undefined;
  readonly body: readonly Stmt[];
  readonly decorators: readonly Expr[];
  readonly isAsync: boolean;
  /** Has a `yield` of its own. */
  readonly isGenerator: boolean;
}
export interface ClassDef extends Base {
  readonly kind: "ClassDef";
  readonly name: string;
  readonly nameStart: number;
  readonly bases: readonly Expr[];
  readonly keywords: readonly Keyword[];
  readonly body: readonly Stmt[];
  readonly decorators: readonly Expr[];
}
export interface Simple extends Base {
  readonly kind: "Pass" | "Break" | "Continue";
}
export interface Delete extends Base {
  readonly kind: "Delete";
  readonly targets: readonly Expr[];
}
export interface Names extends Base {
  readonly kind: "Global" | "Nonlocal";
  readonly names: readonly string[];
}
export interface TypeAlias extends Base {
  readonly kind: "TypeAlias";
  readonly name: Expr;
  readonly value: Expr;
}
export interface MatchCase extends Base {
  readonly kind: "MatchCase";
  readonly pattern: Pattern;
  readonly guard: Expr | undefined;
  readonly body: readonly Stmt[];
}
export interface Match extends Base {
  readonly kind: "Match";
  readonly subject: Expr;
  readonly cases: readonly MatchCase[];
}

export type Stmt =
  | ExprStmt
  | Assign
  | AnnAssign
  | AugAssign
  | Return
  | If
  | For
  | While
  | With
  | Try
  | Raise
  | Assert
  | Import
  | ImportFrom
  | FunctionDef
  | ClassDef
  | Simple
  | Delete
  | Names
  | TypeAlias
  | Match
  | Invalid;

// ---- patterns of `match`
export interface MatchValue extends Base {
  readonly kind: "MatchValue";
  readonly value: Expr;
}
/** `_`, a bare name, or `pattern as name`. */
export interface MatchAs extends Base {
  readonly kind: "MatchAs";
  readonly pattern: Pattern | undefined;
  readonly name: string | undefined;
}
export interface MatchOr extends Base {
  readonly kind: "MatchOr";
  readonly patterns: readonly Pattern[];
}
export interface MatchSequence extends Base {
  readonly kind: "MatchSequence";
  readonly patterns: readonly Pattern[];
}
export interface MatchStar extends Base {
  readonly kind: "MatchStar";
  readonly name: string | undefined;
}
export interface MatchMapping extends Base {
  readonly kind: "MatchMapping";
  readonly keys: readonly Expr[];
  readonly patterns: readonly Pattern[];
  readonly rest: string | undefined;
}
export interface MatchClass extends Base {
  readonly kind: "MatchClass";
  readonly cls: Expr;
  readonly patterns: readonly Pattern[];
  readonly kwNames: readonly string[];
  readonly kwPatterns: readonly Pattern[];
}
export type Pattern =
  | MatchValue
  | MatchAs
  | MatchOr
  | MatchSequence
  | MatchStar
  | MatchMapping
  | MatchClass
  | Invalid;

export type Node =
  | Expr
  | Stmt
  | Pattern
  | Keyword
  | FormattedValue
  | DictItem
  | Comprehension
  | WithItem
  | ExceptHandler
  | Alias
  | Param
  | MatchCase;

export type Kind = Node["kind"];
export type NodeOf<K extends Kind> = Extract<Node, { readonly kind: K }>;

export interface Comment {
  readonly start: number;
  readonly end: number;
}
