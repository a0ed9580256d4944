import { type Caps, createLedger, type Ledger, type LedgerFile, ledgerFile } from "./ledger.ts";

/**
 * The ledger of what `read` gives, under `caps`.
 * @throws Error when it is no ledger: a record that cannot be read does not count as nothing spent.
 */
export function openLedger(
  read: () => unknown,
  save: (file: LedgerFile) => void,
  caps: Caps,
  name: string,
): Ledger {
  let held: unknown;
  try {
    held = read() ?? { version: 1, entries: [] };
  } catch {
    held = undefined;
  }
  const file = ledgerFile.safeParse(held);
  if (!file.success) throw new Error(`${name} is no ledger of ours: move it away to start another`);
  return createLedger(file.data, caps, save);
}
