/** Prints how far predictions are off on rows that the fit did not see, and how often their intervals hold. */
import { crossCoverage, mean, median } from "./calibrate/robust.ts";
import {
  imageStudies,
  studyImages,
  studyPower,
  studyServing,
  studyTransformers,
  type Table,
} from "./calibrate/studies.ts";

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function row({ name, leftOut, errors, halfWidth, goal }: Table): string {
  const off = errors.map((e) => Math.abs(Math.exp(e) - 1));
  const cells = [
    name,
    leftOut,
    String(errors.length),
    percent(mean(off)),
    percent(median(off)),
    goal === undefined ? "-" : `${goal.statistic} ${goal.percent} %`,
    `x/÷ ${Math.exp(halfWidth).toFixed(2)}`,
    percent(crossCoverage(errors)),
  ];
  return `| ${cells.join(" | ")} |`;
}

const tables = [
  ...Object.values(imageStudies).flatMap((study) => studyImages(study).tables),
  ...studyTransformers().tables,
  ...studyServing().tables,
  ...studyPower().tables,
];
console.log(
  [
    "| test | left out of the fit | rows | mean error | median error | goal | 90 % interval | holds on a left-out quarter |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...tables.map(row),
  ].join("\n"),
);
