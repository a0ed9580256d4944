import type * as z from "zod";
import { type Answer, type Failure, failure, isFailure } from "./exchange.ts";

/** What a service answered, held against what it documents. */
export function readAnswer<T>(
  service: string,
  schema: z.ZodType<T>,
  answer: Answer | Failure,
): { readonly kind: "read"; readonly value: T } | Failure {
  if (isFailure(answer)) return answer;
  let held: unknown;
  try {
    held = JSON.parse(answer.text);
  } catch {
    return failure(`${service} answered with JSON that breaks off or is none.`, { isPassing: true });
  }
  const parsed = schema.safeParse(held);
  return parsed.success
    ? { kind: "read", value: parsed.data }
    : failure(`${service} answered with something that is not expected.`);
}
