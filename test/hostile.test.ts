import assert from "node:assert/strict";
import { describe, test } from "node:test";
import markdownIt from "markdown-it";
import { quotedWords } from "../server/src/action/explain.ts";
import { heredoc } from "../server/src/action/runner.ts";
import { explainPrompt } from "../server/src/gate/explain-prompt.ts";
import { type GateResult, gateResultSchema } from "../server/src/gate/gate-result.ts";
import { renderAnnotations } from "../server/src/gate/render-annotations.ts";
import { renderCodeQuality } from "../server/src/gate/render-gitlab.ts";
import { renderJunit } from "../server/src/gate/render-junit.ts";
import { renderMarkdown } from "../server/src/gate/render-markdown.ts";
import { renderGateSarif } from "../server/src/gate/render-sarif.ts";
import { renderSlack } from "../server/src/gate/render-slack.ts";
import { renderGateText } from "../server/src/gate/render-text.ts";
import {
  commandData,
  commandFile,
  commandProperty,
  logLine,
  markdownCode,
  markdownText,
  mrkdwnText,
  xmlText,
} from "../server/src/report/escape.ts";
import { gateFinding, gateModel, gateResult } from "./harness/gate-result.ts";
import { hostile } from "./harness/hostile.ts";
import { outputsOf } from "./harness/run-action.ts";
import { sarifProblems } from "./harness/sarif.ts";

/** Keys whose values a schema closes. */
const closed = new Set([
  "schema",
  "verdict",
  "mode",
  "status",
  "budget",
  "level",
  "kind",
  "severity",
  "category",
  "fix",
  "side",
  "matchedBy",
  "of",
  "fit",
]);

/** A result with every free text replaced. */
function poisoned(text: string): GateResult {
  const allowed = { kind: "label", name: "x", reason: "x", file: "x", line: 1 } as const;
  const note = { kind: "shallow", message: "x", file: "x", line: null } as const;
  const [reason] = gateResult().reasons;
  assert.ok(reason !== undefined);
  const full = gateResult({
    reasons: [reason, { ...reason, level: "warn", file: "x", line: 3, model: "x" }, { ...reason, allowed }],
    models: [
      gateModel({
        allowed,
        baseName: "other",
        notCounted: [{ what: "x", why: "x", file: "x", line: 1 }],
        causes: [{ side: "base", file: "x", line: 2, text: "x", what: "x" }, ...gateModel().causes],
      }),
    ],
    findings: { new: [gateFinding()], fixed: [gateFinding({ severity: "hint" })] },
    overrides: [allowed],
    notes: [note],
  });
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return closed.has(key) ? value : text;
    if (Array.isArray(value)) return value.map((each) => walk(each, key));
    if (typeof value !== "object" || value === null || key === "fit") return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each, name)]));
  };
  return {
    ...gateResultSchema.parse(walk({ ...full, base: { ...full.base, commit: null } }, "")),
    version: text,
  };
}

/** Controls and marks that hide or turn text; the zero-width space is our own. */
const unseen = /(?![\n\u200b])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const named = (text: string): string => JSON.stringify(text.slice(0, 60));

/** One test for all texts: each is put into every place and compared with what a word gives there. */
function each(what: string, check: (result: GateResult, text: string, plain: GateResult) => void): void {
  test(what, () => {
    assert.ok(hostile.length >= 50);
    for (const text of hostile) {
      try {
        check(poisoned(text), text, poisoned("Plain word"));
      } catch (error) {
        throw new Error(
          `broken by ${named(text)}: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      }
    }
  });
}

/** Like GitHub: HTML, tables, and addresses as links; bare names of hosts are none. */
const markdown = markdownIt({ html: true, linkify: true, breaks: true });
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
/** Tags in order, with what they carry. */
const tags = (html: string): readonly string[] => html.match(/<[^>]*>/g) ?? [];
const shown = (html: string): string =>
  html
    .replace(/<code>.*?<\/code>|<[^>]*>/gs, "")
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&(?:lt|gt|amp|quot);/g, " ");

describe("no text breaks out of", () => {
  each("a comment, a summary or a note", (result, _, plain) => {
    const text = renderMarkdown(result);
    const html = markdown.render(text);
    const links = (page: string): readonly string[] =>
      tags(page).filter(
        (tag) => !/^<\/?code>|^<a href="https:\/\/github.com\/ecocompute\/[\w/.-]+"|^<\/a>/.test(tag),
      );
    assert.deepEqual(links(html), links(markdown.render(renderMarkdown(plain))));
    assert.doesNotMatch(text, /<!--/);
    assert.doesNotMatch(text, /^\s*\/\w/m);
    assert.doesNotMatch(text, unseen);
    const words = shown(html).replaceAll("EcoCompute:", "");
    assert.doesNotMatch(words, /@\w/, "a mention");
    assert.doesNotMatch(words, /[#!~%^][\w]|\$\w|&[a-z\d]|\bGH-\d/i, "a reference");
    assert.doesNotMatch(words, /:\w+:|:\+1:|\w:\/\/|\bwww\./, "an emoji or an address");
  });

  each("a workflow command", (result, _, plain) => {
    const parse = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => {
          const [, level, properties, message] =
            /^::(error|warning|notice) ([^\r]*?)::([^\r]*)$/.exec(line) ?? [];
          assert.ok(properties !== undefined && message !== undefined, line.slice(0, 200));
          return [level, ...properties.split(",").map((property) => property.split("=", 1)[0])].join();
        });
    assert.deepEqual(parse(renderAnnotations(result)), parse(renderAnnotations(plain)));
  });

  each("the file of outputs", (_, text) => {
    const file = `${heredoc("verdict", "block", "end-1")}${heredoc("report", text, "end-2")}${heredoc("sarif", "x", "end-3")}`;
    assert.deepEqual(outputsOf(file), { verdict: "block", report: text, sarif: "x" });
  });

  each("a message of Slack", (result, text, plain) => {
    const links = { title: text, change: "https://github.com/acme/models/pull/7", run: undefined };
    const message = renderSlack(result, links);
    const types = ({ blocks }: ReturnType<typeof renderSlack>) => blocks.map(({ type }) => type);
    assert.deepEqual(types(message), types(renderSlack(plain, links)));
    assert.ok(message.blocks.length <= 50);
    for (const block of message.blocks)
      for (const element of block.type === "context" ? block.elements : [block.text]) {
        assert.ok(element.text.length <= (block.type === "header" ? 150 : 3000));
        const own = element.text.replace("<https://github.com/acme/models/pull/7|the change>", "");
        if (element.type === "mrkdwn") {
          assert.doesNotMatch(own, /[<>]|&(?!(?:amp|lt|gt);)/);
          assert.doesNotMatch(own, unseen);
          assert.equal(element.verbatim, true);
        }
      }
  });

  each("a code quality report", (result, text, plain) => {
    const read: unknown = JSON.parse(JSON.stringify(renderCodeQuality(result)));
    assert.ok(Array.isArray(read));
    assert.equal(read.length, renderCodeQuality(plain).length);
    assert.equal(new Set(read.map(({ fingerprint }) => fingerprint)).size, read.length);
    for (const { description, location } of read) {
      assert.ok(description.length <= 500 && !/\p{Cc}/u.test(description));
      assert.equal(Buffer.from(location.path).toString(), Buffer.from(text).toString());
    }
  });

  each("JUnit XML", (result, _, plain) => {
    const skeleton = (xml: string): readonly string[] => {
      const names = [...xml.matchAll(/<([?/]?\w+)((?:\s[\w-]+="[^"<&]*(?:&[#\w]+;[^"<&]*)*")*)\s*([?/]?)>/g)];
      const rest = xml.replace(/<[^>]*>/g, "").replace(/&#\d+;|&(?:amp|lt|gt|quot|apos);/g, "");
      assert.doesNotMatch(rest, /[<>&]/);
      assert.doesNotMatch(xml, /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u);
      return names.map(([, name, , end]) => `${name}${end}`);
    };
    const [own, usual] = [renderJunit(result), renderJunit(plain)].map(skeleton);
    assert.deepEqual(own, usual);
  });

  each("SARIF", (result, text) => {
    const log: unknown = JSON.parse(JSON.stringify(renderGateSarif(result, "file:///w/")));
    assert.deepEqual(sarifProblems(log), []);
    const uris = [...JSON.stringify(log).matchAll(/"uri":"([^"]*)"/g)].map(([, uri]) => uri ?? "");
    assert.ok(uris.length > 0);
    for (const uri of uris)
      assert.ok(URL.canParse(uri, "file:///w/") && !/[\s\\<>"]/.test(uri), `${named(uri)} of ${named(text)}`);
  });

  each("a terminal or a log", (result) => {
    const text = renderGateText(result, plainPaint);
    assert.doesNotMatch(text, unseen);
    assert.doesNotMatch(text, /^\s*::|##\[/m);
  });

  each("the question to a language model", (result) => {
    const { user } = explainPrompt(result, "c0ffee");
    const lines = user.split("\n");
    assert.deepEqual([lines[0], lines.at(-1)], ["<<c0ffee>>", "<<c0ffee>>"]);
    assert.equal(typeof JSON.parse(lines.slice(1, -1).join("\n")), "object");
    assert.ok(user.length < 20_000);
  });

  each("what a language model answers", (_, text) => {
    const html = markdown.render(quotedWords(text));
    assert.doesNotMatch(html, /<(?:a|img|script|details)\b|javascript:|<!--/);
    assert.doesNotMatch(shown(html), /@\w|#\d|!\d|\bwww\./);
  });
});

const plainPaint = {
  bold: (text: string) => text,
  dim: (text: string) => text,
  red: (text: string) => text,
  yellow: (text: string) => text,
  blue: (text: string) => text,
  green: (text: string) => text,
  cyan: (text: string) => text,
};

test("what is escaped can still be read", () => {
  assert.equal(
    markdown.render(markdownText("a_b*c <d> [e](f) & `g`")),
    "<p>a_b*c &lt;d&gt; [e](f) &amp; `g`</p>\n",
  );
  assert.equal(markdown.render(markdownCode("x | `y`*z*")), "<p><code>x | `y`*z*</code></p>\n");
  assert.equal(xmlText('a<b>&"c"'), "a&#60;b&#62;&#38;&#34;c&#34;");
  assert.equal(mrkdwnText("a < b & c"), "a &lt; b &amp; c");
  assert.equal(commandProperty("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
  assert.equal(commandData("100 %: a"), "100 %25: a");
  assert.equal(commandFile("a\u001b[31m,b:\u202ec%\r\n\u0000\t.py"), "a[31m%2Cb%3Ac%25%0D%0A.py");
  assert.equal(logLine("  ::error::x"), "  :\u200b:error::x");
});

test("the checks can fail", () => {
  assert.throws(() => heredoc("a", "x\nend\n", "end"));
  assert.throws(() => outputsOf("a<<E\nx\n"));
  assert.notDeepEqual(tags(markdown.render("<b>x</b>")), tags(markdown.render("x")));
});
