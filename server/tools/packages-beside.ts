/**
 * Folders of packages beside a checkout that is interpreted. Code asks torch what it has, so one of torch 1.13 belongs beside code of its
 * day alone: later code would go the ways that it has for old releases.
 *
 * @param torch the major release that the measurements were made with
 */
export const packagesBeside = (torch: 1 | 2): readonly string[] =>
  torch === 1 ? ["/usr/lib/python3/dist-packages"] : [];
