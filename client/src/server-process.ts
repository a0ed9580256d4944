import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { serverFlags } from "../../server/src/protocol/server-flags.ts";

/** The language server in a process of its own, listening on Node IPC. It ends by itself when its parent does. */
export function takeServerProcess(): ChildProcess {
  const taken = early;
  early = undefined;
  return taken?.pid !== undefined && taken.connected ? taken : forkServer();
}

/** Milliseconds for a process that was told to end. */
const farewell = 2_000;

/** Sees to it that a process ends that was told to, or whose connection broke. */
export function endServerProcess(server: ChildProcess): void {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const kill = setTimeout(() => server.kill("SIGKILL"), farewell);
  server.once("exit", () => clearTimeout(kill));
}

function forkServer(): ChildProcess {
  return fork(pathOf("./server.cjs"), ["--node-ipc", `--clientProcessId=${process.pid}`], {
    silent: true,
    execArgv: [...serverFlags, ...(isDebugged() ? ["--nolazy", "--inspect=6009"] : [])],
    env: {
      ...process.env,
      // The desktop's host of extensions is no plain Node, and can be told to be one.
      ELECTRON_RUN_AS_NODE: "1",
      ELECTRON_NO_ASAR: "1",
      // Compiled code of the last start spares the next one a sixth of its time; Node 20 knows nothing of it. It lies
      // with the code it was made of, and goes with it.
      NODE_COMPILE_CACHE: pathOf("./compiled"),
    },
  });
}

const pathOf = (beside: string): string => fileURLToPath(new URL(beside, import.meta.url));

const isDebugged = (): boolean => process.execArgv.some((flag) => /^--inspect(?:-brk)?(?:=|$)/.test(flag));

// Node and the server's modules take longer to start than the editor takes to load the rest of the extension and to
// prepare its activation: both go on at once.
let early: ChildProcess | undefined = forkServer();
// Not to have started is told by the process that is tried in its place.
early.on("error", () => undefined);
