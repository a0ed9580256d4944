import { readdirSync, readFileSync } from "node:fs";

const examples = new URL("../../examples/", import.meta.url);
const fixture = readFileSync(new URL("../syntax/tricky.md", import.meta.url), "utf8");

const tricky = [...fixture.matchAll(/```py\n([\s\S]*?)```/g)].map(([, code]) => code).join("\n");

const indented = (code: string, by: number): string => code.replaceAll(/^(?=.*\S)/gm, " ".repeat(by));

/** Every construct below clauses of all kinds, so long that blocks are read by their members. */
const longBlocks = `
@decorated
async def long(a, *, b: int = 1):
    if a:
${indented(tricky, 8)}
    elif b:
        for x in a:
${indented(tricky, 12)}
        else:
            yield x
    else:
        pass
    try:
${indented(tricky, 8)}
    except ValueError: return
    except (A, B) as error:  # why
${indented(tricky, 8)}
    finally:
        while a:
${indented(tricky, 12)}
    return b
`;

/** Python that is always there: real models, and every construct there is. */
export const pythonSources: readonly string[] = [
  ...readdirSync(examples)
    .filter((name) => name.endsWith(".py"))
    .map((name) => readFileSync(new URL(name, examples), "utf8")),
  tricky,
  longBlocks,
];
