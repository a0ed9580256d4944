import type { Range } from "../../server/src/report/report.ts";
import { element, prose } from "./dom.ts";
import { type Group, plural, type Row, severityNames } from "./group-findings.ts";
import { chevronIcon, severityIcon } from "./icons.ts";
import { type TreeItem, treeAction } from "./tree-keys.ts";

export interface TreeEvents {
  open(file: string, range: Range, stay: boolean): void;
  page(page: string): void;
  toggle(group: string): void;
  /** The item the keyboard is on. */
  active(key: string): void;
}

export interface FindingsTree {
  readonly root: HTMLElement;
  /** Draws the groups anew; the keyboard stays on its item, or on the one now in its place. */
  show(groups: readonly Group[], isOpen: (group: string) => boolean, activeKey: string | undefined): void;
  focus(): void;
}

/** The tree of findings: one tab stop, arrows inside, as the ARIA pattern for trees has it. */
export function createFindingsTree(events: TreeEvents): FindingsTree {
  const root = element("ul", { role: "tree", "aria-label": "Findings", class: "tree" });
  let items: readonly TreeItem[] = [];
  let rows: ReadonlyMap<string, Row> = new Map();
  let nodes: ReadonlyMap<string, HTMLElement> = new Map();
  let activeKey: string | undefined;

  const setActive = (key: string, focus: boolean): void => {
    const previous = activeKey === undefined ? undefined : nodes.get(activeKey);
    if (previous !== undefined) setTabStop(previous, false);
    activeKey = key;
    const node = nodes.get(key);
    if (node === undefined) return;
    setTabStop(node, true);
    if (focus) {
      node.focus({ preventScroll: true });
      (node.querySelector(".line") ?? node).scrollIntoView({ block: "nearest" });
    }
    events.active(key);
  };
  const activate = (key: string, stay: boolean): void => {
    const row = rows.get(key);
    if (row !== undefined) events.open(row.finding.file, row.finding.range, stay);
  };

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isLink(event.target)) return;
    const action = treeAction(items, activeKey, event.key);
    if (action === undefined) return;
    event.preventDefault();
    if (action.kind === "move") setActive(action.key, true);
    else if (action.kind === "toggle") events.toggle(action.key);
    else activate(action.key, action.stay);
  });
  root.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element) || isLink(target)) return;
    const key = target.closest<HTMLElement>("[role=treeitem]")?.dataset["key"];
    if (key === undefined) return;
    setActive(key, true);
    if (rows.has(key)) activate(key, false);
    else events.toggle(key);
  });

  return {
    root,
    show(groups, isOpen, wanted) {
      const hadFocus = root.contains(document.activeElement);
      const place = items.findIndex((item) => item.key === activeKey);
      const drawn = drawGroups(groups, isOpen, events);
      items = drawn.items;
      rows = drawn.rows;
      nodes = drawn.nodes;
      root.replaceChildren(...drawn.roots);
      const key = [activeKey, wanted].find((each) => each !== undefined && nodes.has(each));
      const next = key ?? items[Math.min(Math.max(place, 0), items.length - 1)]?.key;
      activeKey = undefined;
      if (next !== undefined) setActive(next, hadFocus);
    },
    focus: () => {
      if (activeKey !== undefined) setActive(activeKey, true);
    },
  };
}

interface Drawn {
  readonly roots: readonly HTMLElement[];
  readonly items: readonly TreeItem[];
  readonly rows: ReadonlyMap<string, Row>;
  readonly nodes: ReadonlyMap<string, HTMLElement>;
}

function drawGroups(groups: readonly Group[], isOpen: (group: string) => boolean, events: TreeEvents): Drawn {
  const items: TreeItem[] = [];
  const rows = new Map<string, Row>();
  const nodes = new Map<string, HTMLElement>();
  const roots = groups.map((group, index) => {
    const open = isOpen(group.key);
    items.push({ kind: "group", key: group.key, open });
    const node = drawGroup(group, open, index, groups.length, events);
    nodes.set(group.key, node);
    if (open) {
      const children = group.rows.map((row, position) => {
        items.push({ kind: "row", key: row.key, group: group.key });
        rows.set(row.key, row);
        const child = drawRow(row, position, group.rows.length);
        nodes.set(row.key, child);
        return child;
      });
      node.append(element("ul", { role: "group" }, ...children));
    }
    return node;
  });
  return { roots, items, rows, nodes };
}

function drawGroup(
  group: Group,
  open: boolean,
  index: number,
  count: number,
  events: TreeEvents,
): HTMLElement {
  const line = element(
    "div",
    { class: "line group" },
    chevronIcon(),
    severityIcon(group.severity),
    element("span", { class: "title" }, group.title),
    element("span", { class: "badge", "aria-hidden": "true" }, String(group.rows.length)),
  );
  const { page } = group;
  if (page?.startsWith("https:")) {
    const link = element("a", { href: page, class: "about", tabindex: -1 }, "About this rule");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      events.page(page);
    });
    line.append(link);
  }
  return element(
    "li",
    {
      role: "treeitem",
      class: "item",
      "data-key": group.key,
      tabindex: -1,
      "aria-level": 1,
      "aria-setsize": count,
      "aria-posinset": index + 1,
      "aria-expanded": open ? "true" : "false",
      "aria-label": `${group.title}, ${severityNames[group.severity]}, ${plural(group.rows.length, "finding")}`,
    },
    line,
  );
}

function drawRow({ key, finding, place }: Row, index: number, count: number): HTMLElement {
  const fix = fixNotes[finding.fix];
  const line = element(
    "div",
    { class: "line row" },
    severityIcon(finding.severity),
    element("span", { class: "message" }, ...prose(finding.message)),
    element("span", { class: "fix" }, fix),
    element("span", { class: "place" }, place),
  );
  const spoken = [severityNames[finding.severity], finding.message, place, fix].filter(Boolean).join(". ");
  return element(
    "li",
    {
      role: "treeitem",
      class: "item",
      "data-key": key,
      tabindex: -1,
      "aria-level": 2,
      "aria-setsize": count,
      "aria-posinset": index + 1,
      "aria-label": spoken,
    },
    line,
  );
}

const fixNotes = { safe: "safe fix", suggestion: "suggested fix", none: "" } as const;

/** The active item is a tab stop, and so is the link in its own line. */
function setTabStop(node: HTMLElement, on: boolean): void {
  node.tabIndex = on ? 0 : -1;
  const link = node.querySelector<HTMLAnchorElement>(":scope > .line a");
  if (link !== null) link.tabIndex = on ? 0 : -1;
}

const isLink = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("a") !== null;
