// A list of any length of which only what is seen is in the document. Rows are of one height, set by the
// style sheet; moved through by the keys of a list box.
import { el } from "./dom.mjs";

const SPARE = 6;  // Rows kept above and below, so that scrolling shows no gaps.
let lists = 0;

export class List {
  #items = [];
  #rows = new Map();  // By key: {element, stamp}.
  #active = null;     // The key of the row that the keyboard is at.
  #prefix = `list${(lists += 1)}-`;

  /**
   * label   for those who hear it
   * height  of a row in pixels
   * key     (item) -> text, the item's name for as long as it is shown
   * stamp   (item) -> what its row shows, compared by value: a row is only made anew when this is another
   * render  (item) -> the elements in the row
   * open    (item) what Enter and a click do; without it rows only show
   * empty   text when there is nothing
   */
  constructor(options) {
    this.options = options;
    this.body = el("div", { class: "list-body", role: "presentation" });
    this.note = el("p", { class: "empty", hidden: true });
    this.element = el("div", {
      class: `list ${options.class ?? ""}`, role: "listbox", tabindex: 0, "aria-label": options.label,
      onkeydown: (event) => this.#onKey(event),
      onclick: (event) => this.#onClick(event),
      onscroll: () => this.#draw(),
      onfocus: () => this.#activate(this.#indexOf(this.#active) >= 0 ? this.#active : this.#keyAt(0)),
    }, this.body, this.note);
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  set(items) {
    this.#items = items;
    this.body.style.height = `${items.length * this.options.height}px`;
    this.note.hidden = items.length > 0;
    if (!items.length) this.note.textContent = this.options.empty();
    this.#draw();
  }

  focus() {
    this.element.focus();
  }

  /** Puts the keyboard at that row, where there is one. */
  activate(key) {
    if (this.#indexOf(key) >= 0) this.#activate(key);
  }

  #keyAt(index) {
    const item = this.#items[index];
    return item === undefined ? null : this.options.key(item);
  }

  #indexOf(key) {
    return this.#items.findIndex((item) => this.options.key(item) === key);
  }

  /** The rows that are seen, and some around them. */
  #window() {
    const { height } = this.options;
    const first = Math.max(0, Math.floor(this.element.scrollTop / height) - SPARE);
    const last = Math.ceil((this.element.scrollTop + this.element.clientHeight) / height) + SPARE;
    return [first, Math.min(this.#items.length, last)];
  }

  #draw() {
    const [first, last] = this.#window();
    const shown = new Map();
    for (let index = first; index < last; index += 1) {
      const row = this.#row(this.#items[index], index);
      shown.set(row.key, row);
    }
    for (const [key, { element }] of this.#rows) if (shown.get(key)?.element !== element) element.remove();
    this.#rows = shown;
    this.#mark();
  }

  #row(item, index) {
    const key = this.options.key(item);
    const stamp = JSON.stringify(this.options.stamp(item));
    const known = this.#rows.get(key);
    const element = known?.stamp === stamp ? known.element : this.#make(item, key);
    element.style.transform = `translateY(${index * this.options.height}px)`;
    element.setAttribute("aria-posinset", index + 1);
    element.setAttribute("aria-setsize", this.#items.length);
    element.id = this.#prefix + index;
    if (element.parentNode !== this.body) this.body.append(element);
    return { key, stamp, element };
  }

  #make(item, key) {
    const row = el("div", { class: "row", role: "option" }, this.options.render(item));
    row.dataset.key = key;
    return row;
  }

  #mark() {
    for (const [key, { element }] of this.#rows) {
      element.setAttribute("aria-selected", String(key === this.#active));
    }
    const active = this.#rows.get(this.#active)?.element;
    if (active) this.element.setAttribute("aria-activedescendant", active.id);
    else this.element.removeAttribute("aria-activedescendant");
  }

  #activate(key) {
    this.#active = key;
    const index = this.#indexOf(key);
    if (index >= 0) this.#scrollTo(index);
    this.#draw();
  }

  #scrollTo(index) {
    const { height } = this.options;
    const top = index * height;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    const room = this.element.clientHeight - height;
    if (top > this.element.scrollTop + room) this.element.scrollTop = top - room;
  }

  #onKey(event) {
    if (event.target !== this.element || event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.options.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps) this.#move(steps[event.key]);
    else if (event.key === "Enter") this.#open(this.#active);
    else return;
    event.preventDefault();
  }

  #move(step) {
    const from = this.#indexOf(this.#active);
    const to = Math.min(this.#items.length - 1, Math.max(0, from + step));
    this.#activate(this.#keyAt(to));
  }

  #onClick(event) {
    if (event.target.closest("button, a, input") || !getSelection().isCollapsed) return;
    const row = event.target.closest("[data-key]");
    if (row) {
      this.#activate(row.dataset.key);
      this.#open(row.dataset.key);
    }
  }

  #open(key) {
    const item = this.#items[this.#indexOf(key)];
    if (item !== undefined) this.options.open?.(item);
  }
}
