/**
 * What Python's own types have, as CPython 3.13 lists it: what is asked for and not modelled is unknown, not missing.
 * Names with underscores are not in here.
 */
const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const bytesNames =
  "capitalize center count decode endswith expandtabs find fromhex hex index isalnum isalpha isascii isdigit islower isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill";

const attributes: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "str",
    words(
      `${bytesNames.replace("decode ", "").replace("fromhex hex ", "")} casefold encode format format_map isdecimal isidentifier isnumeric isprintable`,
    ),
  ],
  ["bytes", words(bytesNames)],
  [
    "int",
    words(
      "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes",
    ),
  ],
  ["float", words("as_integer_ratio conjugate fromhex hex imag is_integer real")],
  ["complex", words("conjugate imag real")],
  ["list", words("append clear copy count extend index insert pop remove reverse sort")],
  ["tuple", words("count index")],
  ["dict", words("clear copy fromkeys get items keys pop popitem setdefault update values")],
  [
    "set",
    words(
      "add clear copy difference difference_update discard intersection intersection_update isdisjoint issubset issuperset pop remove symmetric_difference symmetric_difference_update union update",
    ),
  ],
  [
    "frozenset",
    words("copy difference intersection isdisjoint issubset issuperset symmetric_difference union"),
  ],
  ["range", words("count index start step stop")],
  ["slice", words("indices start step stop")],
  ["generator", words("close gi_code gi_frame gi_running gi_yieldfrom send throw")],
]);

/** Whether CPython's type of that name has a method or an attribute of that name. */
export const isPythonAttribute = (type: string, name: string): boolean =>
  attributes.get(type)?.has(name) === true;
