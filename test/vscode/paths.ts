import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");
/** The pinned manifest of the host, and where it gets installed: ignored by git, 820 MB. */
export const manifestFolder = import.meta.dirname;
export const hostFolder = join(import.meta.dirname, "host");
export const codeServer = join(hostFolder, "node_modules/code-server/lib/vscode");
/** Screenshots and logs of the last run, ignored by git. */
export const outputFolder = join(import.meta.dirname, "output");
export const workspaceTemplate = join(import.meta.dirname, "workspace");
