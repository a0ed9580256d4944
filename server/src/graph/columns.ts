type Column = Float64Array | Int32Array | Uint16Array | Uint8Array;

/** A longer column that begins with the old one. */
export function moved<C extends Column>(from: C, to: C): C {
  to.set(from);
  return to;
}
