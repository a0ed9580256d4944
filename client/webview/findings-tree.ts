import type { Range, ReportFinding } from "../../server/src/report/report.ts";
import { savingText } from "../../server/src/report/saving.ts";
import { element, prose } from "./dom.ts";
import { type Group, type Row, severityNames } from "./group-findings.ts";
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
  let lines: ReadonlyMap<string, HTMLElement> = new Map();
  let activeKey: string | undefined;

  const setActive = (key: string, focus: boolean): void => {
    const previous = activeKey === undefined ? undefined : lines.get(activeKey);
    if (previous !== undefined) setTabStop(previous, false);
    activeKey = key;
    const line = lines.get(key);
    if (line === undefined) return;
    setTabStop(line, true);
    if (focus) line.focus();
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
      // The document keeps an active element while the user types elsewhere: that must not draw the keyboard here.
      const hadFocus = document.hasFocus() && root.contains(document.activeElement);
      const place = items.findIndex((item) => item.key === activeKey);
      const drawn = drawGroups(groups, isOpen, events);
      items = drawn.items;
      rows = drawn.rows;
      lines = drawn.lines;
      root.replaceChildren(...drawn.roots);
      const key = [activeKey, wanted].find((each) => each !== undefined && lines.has(each));
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
  /** The line of each item, which takes the focus. */
  readonly lines: ReadonlyMap<string, HTMLElement>;
}

function drawGroups(groups: readonly Group[], isOpen: (group: string) => boolean, events: TreeEvents): Drawn {
  const items: TreeItem[] = [];
  const rows = new Map<string, Row>();
  const lines = new Map<string, HTMLElement>();
  const roots = groups.map((group, index) => {
    const open = isOpen(group.key);
    items.push({ kind: "group", key: group.key, open });
    const line = groupLine(group, open, index, groups.length, events);
    lines.set(group.key, line);
    const root = element("li", { role: "none" }, line);
    if (open) {
      const children = group.rows.map((row, position) => {
        items.push({ kind: "row", key: row.key, group: group.key });
        rows.set(row.key, row);
        const child = rowLine(row, position, group.rows.length);
        lines.set(row.key, child);
        return element("li", { role: "none" }, child);
      });
      root.append(element("ul", { role: "none" }, ...children));
    }
    return root;
  });
  return { roots, items, rows, lines };
}

/** The tree is flat to assistive technology, with levels: an item is then called by its own line alone. */
const treeItem = (
  level: number,
  index: number,
  count: number,
  key: string,
): Record<string, string | number> => ({
  role: "treeitem",
  tabindex: -1,
  "data-key": key,
  "aria-level": level,
  "aria-posinset": index + 1,
  "aria-setsize": count,
});

function groupLine(
  group: Group,
  open: boolean,
  index: number,
  count: number,
  events: TreeEvents,
): HTMLElement {
  const noun = group.rows.length === 1 ? " finding" : " findings";
  const line = element(
    "div",
    { ...treeItem(1, index, count, group.key), class: "line group", "aria-expanded": String(open) },
    chevronIcon(),
    severityIcon(group.severity),
    spoken(severityNames[group.severity]),
    element("span", { class: "title" }, group.title),
    element("span", { class: "badge" }, String(group.rows.length), spoken(noun)),
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
  return line;
}

const rowLine = ({ key, finding, place }: Row, index: number, count: number): HTMLElement =>
  element(
    "div",
    { ...treeItem(2, index, count, key), class: "line row" },
    severityIcon(finding.severity),
    spoken(severityNames[finding.severity]),
    element(
      "span",
      { class: "text" },
      element("span", { class: "message" }, ...prose(finding.message)),
      element(
        "span",
        { class: "place" },
        [savingOf(finding), fixNotes[finding.fix], place].filter(Boolean).join(" · "),
      ),
    ),
  );

const savingOf = ({ saving }: ReportFinding): string => (saving === undefined ? "" : savingText(saving));

const spoken = (text: string): HTMLElement => element("span", { class: "spoken" }, text);

const fixNotes = { safe: "safe fix", suggestion: "suggested fix", none: "" } as const;

/** The active item is a tab stop, and so is the link in it. */
function setTabStop(line: HTMLElement, on: boolean): void {
  line.tabIndex = on ? 0 : -1;
  const link = line.querySelector("a");
  if (link !== null) link.tabIndex = on ? 0 : -1;
}

const isLink = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("a") !== null;
