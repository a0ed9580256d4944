/**
 * Who says what one input is: the caller, a directive, a call in the file, an annotation, and of a guess what it is after:
 * an example tensor, a data set, a transform or a comment of the file, a setting or a layer of the model, or the name of the
 * parameter.
 */
export type InputOriginKind =
  | "given"
  | "directive"
  | "call"
  | "annotation"
  | "example"
  | "dataset"
  | "transform"
  | "comment"
  | "setting"
  | "layer"
  | "name";

export interface InputOrigin {
  readonly kind: InputOriginKind;
  /** In words, where there is more to say: `torch.randn` in line 20. */
  readonly from: string | undefined;
}

/** Where the shapes of the inputs come from: `guess` is ours; the assumptions say after what. */
export type InputSource = "given" | "directive" | "call" | "annotations" | "guess" | "none";
