import type { Fact } from "../base/fact.ts";
import { cpuTdpTable } from "./cpu-tdp.gen.ts";

let byName: ReadonlyMap<string, Fact> | undefined;

/** Thermal design power of a processor by its name as `lscpu` or the vendor writes it; trade marks do not matter. */
export function cpuTdp(name: string): Fact | undefined {
  byName ??= readTable();
  return byName.get(normalized(name));
}

function readTable(): ReadonlyMap<string, Fact> {
  const facts = new Map<string, Fact>();
  for (const group of cpuTdpTable.split("\n")) {
    const [watts = "", ...names] = group.split("|");
    const fact: Fact = {
      value: Number(watts),
      unit: "W",
      source: "mlco2/codecarbon@b05965e4 cpu_power.csv (MIT)",
      readOn: "2026-11-22",
      confidence: "medium",
      note: "thermal design power",
    };
    for (const cpu of names) facts.set(normalized(cpu), fact);
  }
  return facts;
}

const normalized = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\((?:r|tm)\)/g, "")
    .replace(/\bcpu\b|\bprocessor\b|@.*$|\b\d+-core\b|\bwith radeon.*$/g, "")
    .replace(/[^a-z0-9]+/g, "");
