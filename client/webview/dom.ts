/** An element with attributes; `undefined` and `false` leave an attribute out, `true` sets it empty. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    created.setAttribute(name, value === true ? "" : String(value));
  }
  created.append(...children);
  return created;
}

export function button(label: string, className: string, press: () => void): HTMLButtonElement {
  const created = element("button", { type: "button", class: className }, label);
  created.addEventListener("click", press);
  return created;
}

/** The text of a message, with what stands between backticks set as code. */
export const prose = (text: string): readonly (Node | string)[] =>
  text.split("`").map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));
