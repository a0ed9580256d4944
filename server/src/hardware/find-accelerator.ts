import { didYouMean } from "../base/did-you-mean.ts";
import { type Accelerator, acceleratorOf } from "./accelerator.ts";
import { acceleratorRows } from "./accelerators.gen.ts";

export type Lookup<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "not-found"; readonly didYouMean: string | undefined };

export const accelerators: readonly Accelerator[] = acceleratorRows.map(acceleratorOf);

/**
 * The accelerator that a user means: by id, alias or product name, whatever the case, spaces and vendor words
 * (`h100`, `NVIDIA RTX 3090`, `a100_80gb`). `own` are the user's, which come first.
 */
export function findAccelerator(name: string, own: readonly Accelerator[] = []): Lookup<Accelerator> {
  const wanted = normalized(name);
  const value = own.find((each) => namesOf(each).includes(wanted)) ?? listed().get(wanted);
  if (value !== undefined) return { kind: "found", value };
  return {
    kind: "not-found",
    // Not everyone who asks for a name tells a person that there is none.
    get didYouMean() {
      return didYouMean(
        name,
        [...own, ...accelerators].flatMap((a) => [a.id, ...a.aliases]),
      );
    },
  };
}

/** All that it is called, normalized. */
const namesOf = (a: Accelerator): readonly string[] => [a.id, ...a.aliases, a.name].map(normalized);

let byName: ReadonlyMap<string, Accelerator> | undefined;

/** Those of the table by all that they are called: made when somebody first asks, a scenario that changes asks again and again. */
function listed(): ReadonlyMap<string, Accelerator> {
  // The first of a name comes last.
  byName ??= new Map(
    accelerators.toReversed().flatMap((each) => namesOf(each).map((name) => [name, each] as const)),
  );
  return byName;
}

const normalized = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\([^)]*\)/g, "")
    .replace(/\b(?:nvidia|amd|intel|google|aws|apple|geforce|tesla|instinct|core)\b/g, "")
    .replace(/[^a-z0-9]/g, "");
