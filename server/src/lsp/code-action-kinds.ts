import { CodeActionKind } from "vscode-languageserver/node";

/** All safe fixes of the file, on demand or on save. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.ecocompute`;

/** Whether a client that asked for `only` these kinds wants actions of `kind`: kinds are dotted, the wider holds the narrower. */
export const isWanted = (kind: string, only: readonly string[] | undefined): boolean =>
  only === undefined || only.some((each) => each === "" || kind === each || kind.startsWith(`${each}.`));
