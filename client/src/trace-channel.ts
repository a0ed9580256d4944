import * as vscode from "vscode";

/**
 * The channel of the protocol trace. The client library traces while a channel's log level is Trace; this one is at
 * that level exactly while `ecocompute.trace.server` is not `off`, so the setting alone switches the trace.
 */
export function createTraceChannel(name: string): vscode.LogOutputChannel {
  const channel = vscode.window.createOutputChannel(name);
  const levelChanged = new vscode.EventEmitter<vscode.LogLevel>();
  const level = (): vscode.LogLevel =>
    vscode.workspace.getConfiguration("ecocompute").get("trace.server") === "off"
      ? vscode.LogLevel.Off
      : vscode.LogLevel.Trace;
  const write = (message: unknown, ...args: unknown[]): void => {
    const rest = args.map((arg) => (typeof arg === "string" ? arg : JSON.stringify(arg)));
    channel.appendLine([new Date().toISOString(), String(message), ...rest].join(" "));
  };
  const settings = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration("ecocompute.trace.server")) levelChanged.fire(level());
  });

  return {
    name,
    get logLevel() {
      return level();
    },
    onDidChangeLogLevel: levelChanged.event,
    append: (text) => channel.append(text),
    appendLine: (line) => channel.appendLine(line),
    replace: (text) => channel.replace(text),
    clear: () => channel.clear(),
    show: () => channel.show(true),
    hide: () => channel.hide(),
    trace: write,
    debug: write,
    info: write,
    warn: write,
    error: write,
    dispose: () => {
      settings.dispose();
      levelChanged.dispose();
      channel.dispose();
    },
  };
}
