/**
 * What a file says about the sizes of its inputs without calling its model: tensors that its functions make, datasets
 * and their transforms, shapes in comments and docstrings. Text is read, nothing runs: all of it is a guess.
 */
export interface InputHint {
  readonly kind: "example" | "dataset" | "transform" | "comment";
  /** With the batch; a dataset or a transform says height and width alone. */
  readonly shape: readonly number[];
  readonly isInteger: boolean;
  /** In words: `torch.randn(1, 3, 32, 32)` in line 20. */
  readonly from: string;
}

const numbers = String.raw`\s*(\d+(?:\s*,\s*\d+)*)\s*,?\s*`;
const example = new RegExp(
  String.raw`\btorch\s*\.\s*(randn|rand|zeros|ones|empty)\s*\(\s*(?:size\s*=\s*)?(?:[([]${numbers}[)\]]|${numbers})\s*[,)]`,
  "g",
);
const integers = new RegExp(String.raw`\btorch\s*\.\s*randint\s*\([^()]*?[([]${numbers}[)\]]`, "g");
const summary = new RegExp(
  String.raw`\b(?:summary\s*\([^\n]*?,|input_size\s*=|input_shape\s*=)\s*[([]${numbers}[)\]]`,
  "g",
);
const comment = /[([]\s*(?:B|N|b|n|bs|bsz|batch|batch_size|1)\s*,\s*(\d+(?:\s*,\s*\d+)+)\s*[)\]]/g;
const transform =
  /\b(RandomResizedCrop|CenterCrop|RandomCrop|Resize)\s*\(\s*(?:size\s*=\s*)?(?:[([]\s*(\d+)\s*,\s*(\d+)\s*[)\]]|(\d+))/g;

/** Sizes of the images of torchvision's datasets. Source: their documentation. */
const datasets: readonly (readonly [name: RegExp, size: number])[] = [
  [/\b(?:datasets\s*\.\s*)?(CIFAR100?|SVHN)\s*\(/, 32],
  [/\b(?:datasets\s*\.\s*)?(CIFAR10|CIFAR-10|cifar10)\b/, 32],
  [/\b(?:datasets\s*\.\s*)?((?:Fashion|E|K|Q)?MNIST)\s*\(/, 28],
  [/\b(?:datasets\s*\.\s*)?(STL10)\s*\(/, 96],
  [/\b(?:datasets\s*\.\s*)?(USPS)\s*\(/, 16],
];

const dims = (text: string | undefined): readonly number[] =>
  text === undefined ? [] : text.split(",").map((part) => Number(part.trim()));

/** In the order in which they are believed. */
export function inputHints(text: string): readonly InputHint[] {
  const line = (at: number): number => text.slice(0, at).split("\n").length;
  const found: InputHint[] = [];
  for (const match of text.matchAll(example)) {
    const shape = dims(match[2] ?? match[3]);
    const from = `\`torch.${match[1]}\` in line ${line(match.index)}`;
    if (shape.length > 1) found.push({ kind: "example", shape, isInteger: false, from });
  }
  for (const match of text.matchAll(integers)) {
    const from = `\`torch.randint\` in line ${line(match.index)}`;
    found.push({ kind: "example", shape: dims(match[1]), isInteger: true, from });
  }
  for (const match of text.matchAll(summary)) {
    const shape = dims(match[1]);
    const from = `the size in line ${line(match.index)}`;
    found.push({ kind: "example", shape: [1, ...shape], isInteger: false, from });
    found.push({ kind: "example", shape, isInteger: false, from });
  }
  // Of several transforms the last one says what the model gets.
  for (const match of [...text.matchAll(transform)].reverse()) {
    const height = Number(match[2] ?? match[4]);
    const shape = [height, Number(match[3] ?? match[4])];
    const from = `\`${match[1]}\` in line ${line(match.index)}`;
    found.push({ kind: "transform", shape, isInteger: false, from });
  }
  for (const [name, size] of datasets) {
    const match = name.exec(text);
    if (match === null) continue;
    const from = `the images of ${match[1]} in line ${line(match.index)}`;
    found.push({ kind: "dataset", shape: [size, size], isInteger: false, from });
  }
  for (const match of text.matchAll(comment)) {
    const from = `the shape in line ${line(match.index)}`;
    found.push({ kind: "comment", shape: [1, ...dims(match[1])], isInteger: false, from });
  }
  return found;
}
