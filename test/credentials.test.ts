import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { createApplicationDefault, NoCredentials } from "../server/src/credentials/application-default.ts";

const folder = mkdtempSync(join(tmpdir(), "credentials-"));
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

interface Asked {
  readonly url: string;
  readonly body: string;
}

/** Everything that was asked, and what a server on this machine says to it. */
let asked: Asked[] = [];
let answer: { status: number; body: unknown } = { status: 200, body: {} };
const server = createServer(async (request, response) => {
  let body = "";
  for await (const piece of request) body += String(piece);
  asked.push({ url: request.url ?? "", body });
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  response
    .writeHead(answer.status, { "content-type": "application/json", "metadata-flavor": "Google" })
    .end(text);
});
let port = 0;

/** Addresses of Google lead to the server of the test; nothing leaves this machine. */
const here: typeof globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : String(input));
  return fetch(`http://127.0.0.1:${port}/${url.host}${url.pathname}`, init);
};

const names = [
  "GOOGLE_APPLICATION_CREDENTIALS",
  "CLOUDSDK_CONFIG",
  "GCE_METADATA_HOST",
  "METADATA_SERVER_DETECTION",
  "HOME",
];
const environment = names.map((name) => [name, process.env[name]] as const);

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  asked = [];
  answer = { status: 200, body: {} };
  for (const [name, value] of environment) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Without anything of this machine. */
function alone(file?: object): void {
  process.env["CLOUDSDK_CONFIG"] = join(folder, "nothing");
  process.env["HOME"] = join(folder, "nobody");
  process.env["METADATA_SERVER_DETECTION"] = "none";
  delete process.env["GOOGLE_APPLICATION_CREDENTIALS"];
  if (file === undefined) return;
  const path = join(folder, "credentials.json");
  writeFileSync(path, JSON.stringify(file));
  process.env["GOOGLE_APPLICATION_CREDENTIALS"] = path;
}

const token = { access_token: "token-of-the-test", expires_in: 3600, token_type: "Bearer" };
const user = {
  type: "authorized_user",
  client_id: "id",
  client_secret: "secret",
  refresh_token: "refresh",
  quota_project_id: "billed-project",
};

test("what gcloud left is turned into a token, once, with the project that is billed", async () => {
  alone(user);
  answer = { status: 200, body: token };
  const credentials = createApplicationDefault(here);
  assert.equal(asked.length, 0, "nothing is asked before a request");
  const headers = await credentials.headers();
  assert.equal(headers["authorization"], "Bearer token-of-the-test");
  assert.equal(headers["x-goog-user-project"], "billed-project");
  await credentials.headers();
  assert.equal(asked.length, 1, "a token is kept until it ends");
  assert.match(asked[0]?.url ?? "", /^\/oauth2\.googleapis\.com\/token/);
  assert.match(asked[0]?.body ?? "", /refresh_token=refresh/);
});

test("the well-known file is found where gcloud keeps it", async () => {
  alone();
  process.env["CLOUDSDK_CONFIG"] = folder;
  writeFileSync(join(folder, "application_default_credentials.json"), JSON.stringify(user));
  answer = { status: 200, body: token };
  assert.equal((await createApplicationDefault(here).headers())["authorization"], "Bearer token-of-the-test");
});

test("a service account signs for its token, and its key does not leave", async () => {
  alone({
    type: "service_account",
    project_id: "p",
    private_key_id: "k",
    private_key: privateKey,
    client_email: "audit@p.iam.gserviceaccount.com",
    client_id: "1",
    token_uri: "https://oauth2.googleapis.com/token",
  });
  answer = { status: 200, body: token };
  const headers = await createApplicationDefault(here).headers();
  assert.match(String(headers["authorization"]), /^Bearer ./);
  assert.ok(asked.every(({ body }) => !body.includes("PRIVATE KEY")));
});

test("the metadata server of a machine of Google Cloud is asked where there is one", async () => {
  alone();
  process.env["METADATA_SERVER_DETECTION"] = "assume-present";
  process.env["GCE_METADATA_HOST"] = `127.0.0.1:${port}`;
  answer = { status: 200, body: token };
  const headers = await createApplicationDefault(here).headers();
  assert.equal(headers["authorization"], "Bearer token-of-the-test");
  assert.ok(asked.some(({ url }) => url.includes("/service-accounts/default/token")));
});

/** What leaves an audit without credentials: always the same, in words that give nothing away. */
const failures: Readonly<Record<string, () => void>> = {
  "nothing at all": () => alone(),
  "a file that is not there": () => {
    alone();
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = join(folder, "none.json");
  },
  "a file that is no JSON": () => {
    alone(user);
    writeFileSync(process.env["GOOGLE_APPLICATION_CREDENTIALS"] ?? "", "{");
  },
  "a file of another kind": () => alone({ type: "lottery_ticket" }),
  "a login that was withdrawn": () => {
    alone(user);
    answer = { status: 400, body: { error: "invalid_grant", error_description: "refresh of secret" } };
  },
  "a service that does not speak JSON": () => {
    alone(user);
    answer = { status: 403, body: "<html>secret</html>" };
  },
};

for (const [name, prepare] of Object.entries(failures)) {
  test(`no credentials: ${name}`, { timeout: 20_000 }, async () => {
    prepare();
    await assert.rejects(createApplicationDefault(here).headers(), (error: unknown) => {
      assert.ok(error instanceof NoCredentials, String(error));
      assert.ok(!/secret|refresh|credentials-/.test(`${error.message} ${String(error.cause)}`));
      return true;
    });
  });
}

test("a login that comes later is found", async () => {
  alone();
  const credentials = createApplicationDefault(here);
  await assert.rejects(credentials.headers());
  alone(user);
  answer = { status: 200, body: token };
  assert.equal((await credentials.headers())["authorization"], "Bearer token-of-the-test");
});
