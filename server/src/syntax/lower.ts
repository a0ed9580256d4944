import type { Stmt } from "./ast.ts";
import type { FlatTree } from "./flat-tree.ts";
import { compoundLowerers, lowerBody, lowerMembers } from "./lower-compounds.ts";
import { comprehensionLowerers } from "./lower-comprehensions.ts";
import { importLowerers } from "./lower-imports.ts";
import { numberLowerers } from "./lower-numbers.ts";
import { operatorLowerers } from "./lower-operators.ts";
import { lambdaLowerers } from "./lower-params.ts";
import { primaryLowerers } from "./lower-primaries.ts";
import { simpleStatementLowerers } from "./lower-statements.ts";
import { stringLowerers } from "./lower-strings.ts";
import { typeLowerers, typeStatementLowerers } from "./lower-types.ts";
import type { ExprTable, StmtTable } from "./lowering.ts";

const exprTable: ExprTable = {
  ...primaryLowerers,
  ...operatorLowerers,
  ...comprehensionLowerers,
  ...numberLowerers,
  ...stringLowerers,
  ...lambdaLowerers,
  ...typeLowerers,
};

const stmtTable: StmtTable = {
  ...simpleStatementLowerers,
  ...compoundLowerers,
  ...importLowerers,
  ...typeStatementLowerers,
};

export interface Lowering {
  /** The statements of a module. */
  module(tree: FlatTree): readonly Stmt[];
  /** The members in a module that is one class with a made-up header, which ends at offset `from`. */
  members(tree: FlatTree, from: number): readonly Stmt[];
}

/** Looks the node types up once: dispatch is then an index into an array. */
export function createLowering(types: readonly string[]): Lowering {
  const exprs = types.map((type) => exprTable[type]);
  const stmts = types.map((type) => stmtTable[type]);
  return {
    module: (tree) => lowerBody({ ...tree, exprs, stmts }, 0),
    members: (tree, from) => lowerMembers({ ...tree, exprs, stmts }, from),
  };
}
