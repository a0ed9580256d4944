import type { Claims } from "./model-report.ts";

/** How far figures that are said to follow from one another may be apart: rounding. In points of percent. */
const points = 1;

/** Why a claim cannot be true whatever the model is: it is impossible, or against others of the same report. */
export function contradictionIn(claims: Claims, name: keyof Claims): string | undefined {
  const claimed = claims[name];
  if (claimed === null) return undefined;
  if (!Number.isFinite(claimed)) return "not a number";
  return impossible(name, claimed) ?? unlikeOthers(claims, name);
}

function impossible(name: keyof Claims, claimed: number): string | undefined {
  switch (name) {
    case "parameters":
    case "macs":
      return claimed < 0 || !Number.isInteger(claimed) ? "impossible: a count is a whole number" : undefined;
    case "originalEnergyJoules":
    case "optimizedEnergyJoules":
    case "latencySeconds":
      return claimed <= 0 ? "impossible: it takes more than nothing" : undefined;
    case "savingPercent":
    case "savingPercentLow":
    case "savingPercentHigh":
      return claimed >= 100 ? "impossible: nothing would be left" : undefined;
    default:
      return undefined;
  }
}

function unlikeOthers(claims: Claims, name: keyof Claims): string | undefined {
  const {
    originalEnergyJoules: from,
    optimizedEnergyJoules: to,
    savingPercent: percent,
    savingPercentLow: low,
    savingPercentHigh: high,
  } = claims;
  if (name === "savingPercent" && percent !== null && from !== null && to !== null) {
    const follows = (1 - to / from) * 100;
    if (Math.abs(follows - percent) > points)
      return `does not follow from its own energies: these make ${Number(follows.toPrecision(3))} %`;
  }
  if (low !== null && high !== null && low > high && name.startsWith("savingPercent"))
    return "its own interval ends before it begins";
  if (percent !== null && name === "savingPercentLow" && low !== null && low > percent)
    return "its own interval does not hold its value";
  if (percent !== null && name === "savingPercentHigh" && high !== null && high < percent)
    return "its own interval does not hold its value";
  if (name === "carbonSavedGrams" || name === "costSavedUsdPerMillion") {
    const saved = claims[name];
    if (saved !== null && percent !== null && Math.sign(saved) * Math.sign(percent) < 0)
      return "of another sign than its own saving";
  }
  return undefined;
}
