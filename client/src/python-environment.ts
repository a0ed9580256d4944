import * as vscode from "vscode";
import type { Logs } from "./logs.ts";
import { messageOf } from "./logs.ts";

/**
 * The Python that the user chose in the Python extension, or in the newer one for environments; both may be missing.
 * Its packages are read, it is never run.
 */
export interface PythonEnvironment extends vscode.Disposable {
  /** Something else is chosen, or the workspace is trusted now. */
  readonly onChanged: vscode.Event<void>;
  /** Path of an interpreter or of an environment's folder; `undefined` where nothing is chosen or the workspace is restricted. */
  of(scope: vscode.Uri | undefined): Promise<string | undefined>;
}

/** Asked in this order: the newer one knows of projects inside a folder. */
const extensions = ["ms-python.vscode-python-envs", "ms-python.python"] as const;

/** One of the two, behind one face. */
interface Source {
  pathOf(scope: vscode.Uri | undefined): Promise<string | undefined>;
}

export function createPythonEnvironment(logs: Logs): PythonEnvironment {
  const changed = new vscode.EventEmitter<void>();
  const listeners: vscode.Disposable[] = [];
  const sources = new Map<string, Source>();

  const connect = async (id: string): Promise<void> => {
    const extension = vscode.extensions.getExtension(id);
    if (extension === undefined || sources.has(id) || !vscode.workspace.isTrusted) return;
    try {
      const api: unknown = extension.isActive ? extension.exports : await extension.activate();
      const source = sourceIn(api, () => changed.fire(), listeners);
      if (source === undefined || sources.has(id)) return;
      sources.set(id, source);
      changed.fire();
    } catch (error) {
      logs.client.info(`${id} does not tell the Python environment: ${messageOf(error)}`);
    }
  };
  const connectAll = (): void => {
    for (const id of extensions) void connect(id);
  };
  listeners.push(
    vscode.extensions.onDidChange(connectAll),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      changed.fire();
      connectAll();
    }),
  );
  connectAll();

  return {
    onChanged: changed.event,
    async of(scope) {
      if (!vscode.workspace.isTrusted) return undefined;
      for (const id of extensions) {
        const path = await sources.get(id)?.pathOf(scope);
        if (path !== undefined) return path;
      }
      return undefined;
    },
    dispose() {
      changed.dispose();
      for (const each of listeners) each.dispose();
    },
  };
}

function sourceIn(api: unknown, onChange: () => void, listeners: vscode.Disposable[]): Source | undefined {
  const environments = fieldOf(api, "environments");
  const active = functionOf(environments, "getActiveEnvironmentPath");
  if (active !== undefined) {
    listen(environments, "onDidChangeActiveEnvironmentPath", onChange, listeners);
    return { pathOf: async (scope) => textOf(fieldOf(active(scope), "path")) };
  }
  const environment = functionOf(api, "getEnvironment");
  if (environment === undefined) return undefined;
  listen(api, "onDidChangeEnvironment", onChange, listeners);
  return {
    pathOf: async (scope) => textOf(fieldOf(fieldOf(await environment(scope), "environmentPath"), "fsPath")),
  };
}

function listen(api: unknown, event: string, onChange: () => void, listeners: vscode.Disposable[]): void {
  const listening = functionOf(api, event)?.(onChange);
  const dispose = functionOf(listening, "dispose");
  if (dispose !== undefined) listeners.push({ dispose });
}

/** What another extension exports is foreign input: every step of the way is looked at. */
const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

function functionOf(value: unknown, name: string): ((...args: readonly unknown[]) => unknown) | undefined {
  const found = fieldOf(value, name);
  return typeof found === "function" ? (...args) => Reflect.apply(found, value, args) : undefined;
}

/** `python` alone names whatever stands first in the search path: nothing was chosen. */
const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && /[\\/]/.test(value) ? value : undefined;
