import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** An answer of the service as it was recorded, and what it holds by a reading of our own. */
export interface Recording {
  readonly name: string;
  readonly status: number;
  /** As server-sent events. */
  readonly body: string;
  readonly chunks: readonly Chunk[];
}

export interface Chunk {
  readonly candidates?: readonly {
    readonly content?: { readonly parts?: readonly RecordedPart[] };
    readonly finishReason?: string;
    readonly groundingMetadata?: { readonly webSearchQueries?: readonly string[] };
  }[];
  readonly error?: unknown;
  readonly usageMetadata?: Readonly<Record<string, unknown>>;
}

interface RecordedPart {
  readonly text?: string;
  readonly thought?: boolean;
  readonly functionCall?: { readonly name: string };
}

const folder = "test/audit/recordings";

/** All recordings: cassettes in YAML, recordings of the client in JSON, chunks one by line. */
export function recordings(): readonly Recording[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => /\.(?:yaml|json|txt)$/.test(name))
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      if (name.endsWith(".yaml")) return fromCassette(name, text);
      if (name.endsWith(".chunks.txt"))
        return [
          recordingOf(
            name,
            200,
            text
              .split("\n")
              .filter((line) => line.trim() !== "")
              .map((line) => JSON.parse(line)),
          ),
        ];
      if (!name.endsWith(".json")) return [];
      const json: unknown = JSON.parse(text);
      return name.startsWith("errors/")
        ? [fromFixture(name, json as Chunk)]
        : fromClient(name, json as ClientRecording);
    });
}

interface Cassette {
  readonly interactions: readonly {
    readonly response: {
      readonly body?: { readonly string: string };
      readonly parsed_body?: Chunk;
      readonly status: { readonly code: number };
    };
  }[];
}

function fromCassette(name: string, text: string): readonly Recording[] {
  const { interactions } = parse(text) as Cassette;
  return interactions.map(({ response }, i) => {
    const label = `${name} ${i + 1}`;
    const { status, body, parsed_body: whole } = response;
    return whole === undefined
      ? { name: label, status: status.code, body: body?.string ?? "", chunks: chunksIn(body?.string ?? "") }
      : recordingOf(label, status.code, [whole]);
  });
}

interface ClientRecording {
  readonly interactions: readonly {
    readonly response: { readonly statusCode: number; readonly bodySegments: readonly unknown[] };
  }[];
}

const fromClient = (name: string, { interactions }: ClientRecording): readonly Recording[] =>
  interactions.map(({ response }, i) =>
    recordingOf(`${name} ${i + 1}`, response.statusCode, response.bodySegments as readonly Chunk[]),
  );

const fromFixture = (name: string, json: Chunk): Recording => {
  const status = (json.error as { code?: number } | undefined)?.code ?? 200;
  return recordingOf(name, status, [json]);
};

const recordingOf = (name: string, status: number, chunks: readonly Chunk[]): Recording => ({
  name,
  status,
  body: chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join(""),
  chunks,
});

const chunksIn = (body: string): readonly Chunk[] =>
  body
    .split(/\r?\n\r?\n/)
    .filter((event) => event.startsWith("data: "))
    .map((event) => JSON.parse(event.slice(6)));
