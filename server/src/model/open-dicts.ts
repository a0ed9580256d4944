import type { Unknown } from "../base/known.ts";
import type { PyDict } from "./values.ts";

const open = new WeakMap<PyDict, Unknown>();

/** A dictionary that was filled from something unknown may hold any key, for this reason. */
export const markOpen = (dict: PyDict, why: Unknown): void => void open.set(dict, why);

/** Why a key that is not among those known may be there all the same; `undefined` where all are known. */
export const whyOpen = (dict: PyDict): Unknown | undefined => open.get(dict);
