import { safeAddress } from "./address.ts";
import { exchange, type Failure, failure, isFailure, persistently, type Wire } from "./exchange.ts";

/**
 * Posts JSON to an address that is a secret itself. What comes back is `sent` or why not, without the address.
 * @param name how to call it: `Slack`
 * @param variable the environment variable that holds the address
 */
export async function postToWebhook(
  { name, variable, address }: { readonly name: string; readonly variable: string; readonly address: string },
  body: unknown,
  wire: Wire,
): Promise<{ readonly kind: "sent" } | Failure> {
  const url = safeAddress(address.trim());
  if (url === undefined) return failure(`${variable} holds no https address.`);
  const request = {
    service: name,
    method: "POST",
    url,
    headers: { "user-agent": "ecocompute" },
    body,
  } as const;
  const answer = await persistently(() => exchange(request, wire), wire);
  if (!isFailure(answer)) return { kind: "sent" };
  // A service may say back what it was asked.
  return { ...answer, message: answer.message.replaceAll(address.trim(), "***").replaceAll(url, "***") };
}
