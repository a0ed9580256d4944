import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { auditCommand } from "./harness/audit-command.ts";
import { auditedCode, auditedReport } from "./harness/audited.ts";
import { type Answer, events, refusal, says, startGemini } from "./harness/loopback-gemini.ts";

const folder = mkdtempSync(join(tmpdir(), "audit-access-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "net.py");
writeFileSync(file, auditedCode);

const answers: readonly Answer[] = [events(says("Fine.")), events(says(JSON.stringify(auditedReport)))];

const audit = (flags: readonly string[], environment: Readonly<Record<string, string>>) =>
  auditCommand(folder, [file, "--yes", ...flags], environment);

/** A proxy that passes on what it is asked for, and counts. */
async function startProxy() {
  let passed = 0;
  const server = createServer((message, response) => {
    passed++;
    const through = httpRequest(
      message.url ?? "",
      { method: message.method, headers: message.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    message.pipe(through);
  });
  server.on("connect", ({ url = "" }, socket) => {
    passed++;
    const [host, port] = url.split(":");
    const through = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      through.pipe(socket);
      socket.pipe(through);
    });
    for (const end of [socket, through]) end.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, passed: () => passed, close: () => server.close() };
}

test("a proxy of the environment is used, and left out where NO_PROXY says so", async () => {
  const gemini = await startGemini([...answers, ...answers]);
  const proxy = await startProxy();
  const environment = { GEMINI_API_KEY: "k", HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
  const through = await audit(["--base-url", gemini.url], environment);
  assert.equal(through.code, 0, through.err);
  assert.ok(proxy.passed() > 0);
  const before = proxy.passed();
  const around = await audit(["--base-url", gemini.url], { ...environment, NO_PROXY: "127.0.0.1" });
  assert.equal(around.code, 0, around.err);
  assert.equal(proxy.passed(), before);
  assert.equal(gemini.requests.length, 4);
  proxy.close();
  await gemini.close();
});

test("a proxy that is not there ends in words, not in silence", async () => {
  const gemini = await startGemini(answers);
  const done = await audit(["--base-url", gemini.url], {
    GEMINI_API_KEY: "k",
    HTTP_PROXY: "http://127.0.0.1:1",
    HTTPS_PROXY: "http://127.0.0.1:1",
  });
  assert.equal(done.code, 2);
  assert.match(done.err, /cannot be reached. Check the network, the proxy/);
  assert.equal(gemini.connections(), 0);
  await gemini.close();
});

test("Google Cloud is asked with the credentials of the machine, and no key of the environment", async () => {
  const gemini = await startGemini(answers);
  const metadata = createServer((_, response) => {
    response
      .writeHead(200, { "content-type": "application/json", "metadata-flavor": "Google" })
      .end(JSON.stringify({ access_token: "machine-token", expires_in: 3600, token_type: "Bearer" }));
  });
  await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
  const { port } = metadata.address() as AddressInfo;
  const done = await audit(["--base-url", gemini.url, "--vertex-project", "my-project"], {
    GEMINI_API_KEY: "the-key",
    METADATA_SERVER_DETECTION: "assume-present",
    GCE_METADATA_HOST: `127.0.0.1:${port}`,
  });
  assert.equal(done.code, 0, done.err);
  const [asked] = gemini.requests;
  assert.match(asked?.path ?? "", /\/projects\/my-project\/locations\/global\//);
  assert.equal(asked?.headers.authorization, "Bearer machine-token");
  assert.equal(asked?.headers["x-goog-api-key"], undefined);
  metadata.close();
  await gemini.close();
});

test("without credentials of Google Cloud nothing is sent, and the way to get some is told", async () => {
  const gemini = await startGemini(answers);
  const done = await audit(["--base-url", gemini.url, "--vertex-project", "my-project"], {
    METADATA_SERVER_DETECTION: "none",
  });
  assert.equal(done.code, 2);
  assert.match(done.err, /gcloud auth application-default login/);
  assert.equal(gemini.connections(), 0);
  await gemini.close();
});

test("a project or a location that leads elsewhere is refused before anything is read", async () => {
  for (const flags of [
    ["--vertex-project", "../evil"],
    ["--vertex-project", "my-project", "--vertex-location", "evil.example/"],
  ]) {
    const done = await audit(flags, {});
    assert.equal(done.code, 2);
    assert.match(done.err, /It must be/);
  }
});

test("a wrong key is told without it", async () => {
  const gemini = await startGemini([refusal(400, "API key not valid: very-secret")]);
  const done = await audit(["--base-url", gemini.url], { GEMINI_API_KEY: "very-secret" });
  assert.equal(done.code, 2);
  assert.match(done.err, /does not accept the key/);
  assert.ok(!done.err.includes("very-secret"));
  await gemini.close();
});
