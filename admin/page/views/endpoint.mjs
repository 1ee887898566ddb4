// One endpoint that was opened in a list: why it gets clients or none, and its drain.
import { actionButton } from "../actions.mjs";
import { get } from "../api.mjs";
import { badge, el, setText } from "../dom.mjs";
import { drainsOf, read } from "../drains.mjs";
import { explain, showReasons } from "./why.mjs";

/** Below its list; not seen until something is opened there. */
export class EndpointPanel {
  #key = null;      // Of what is open.
  #shown = null;    // What it was when it was asked for.
  #holding = null;  // What the buttons are for,
  #pressed = false;  // and that one of them was pressed, and nothing came of it yet.

  /**
   * list      gets the focus back
   * find      (key) -> the item as it now is, if it still is
   * describe  (item) -> {title, status, query, read, drain, task, agent, endpoints}: what is asked of /v1/explain and how that
   *           is read; what its own button drains; and by what names drains may hold it
   */
  constructor(list, find, describe) {
    Object.assign(this, { list, find, describe });
    this.title = el("span", { class: "mono strong" });
    this.state = el("span", {});
    this.reasons = el("div", { "aria-live": "polite" });
    this.buttons = el("div", { class: "buttons", onclick: () => (this.#pressed = true) });
    this.element = el("section", { class: "endpoint", hidden: true, "aria-label": "Endpoint" },
      el("div", { class: "heading" }, el("span", { class: "line" }, this.state, this.title),
        el("button", { type: "button", class: "close", "aria-label": "Close the endpoint (Esc)", onclick: () => this.close() }, "✕")),
      this.reasons, this.buttons);
  }

  toggle(key) {
    this.#key = this.#key === key ? null : key;
    this.draw();
  }

  /** False when nothing was open. */
  close() {
    if (this.#key === null) return false;
    this.toggle(this.#key);
    this.list.focus();
    return true;
  }

  /** Asks again when the item is another than it was. */
  draw() {
    const item = this.#key === null ? undefined : this.find(this.#key);
    if (!item) this.#key = null;
    this.element.hidden = !item;
    const stamp = JSON.stringify(item ?? null);
    if (stamp === this.#shown) return;
    this.#shown = stamp;
    if (item) this.#show(this.describe(item), stamp);
  }

  #show(about, stamp) {
    if (this.title.textContent !== about.title) this.#clear();
    setText(this.title, about.title);
    this.state.replaceChildren(badge(about.status));
    this.#ask(about, stamp).catch((error) => {
      if (stamp !== this.#shown) return;
      this.#shown = null;  // So that it is asked again as soon as there is news of anything.
      this.reasons.replaceChildren(el("p", { class: "dim" }, error.message));
    });
  }

  #clear() {
    this.#holding = null;
    this.reasons.replaceChildren();
    this.buttons.replaceChildren();
  }

  async #ask(about, stamp) {
    const [told, { drains }] = await Promise.all([explain(about.query), get("v1/drains")]);
    if (stamp !== this.#shown) return;  // By now it is another.
    this.reasons.replaceChildren(...showReasons(about.read(told)));
    this.#drawButtons(about.drain, drainsOf(drains, about));
  }

  /** Left alone while they would be the same; whoever pressed one has the next under the same key. */
  #drawButtons(own, holding) {
    const stamp = JSON.stringify([own, holding]);
    if (stamp !== this.#holding) {
      const buttons = holding.length ? holding.map((drain) => this.#stop(drain, own)) : [this.#start(own)];
      this.buttons.replaceChildren(...buttons);
      if (this.#pressed) buttons[0].focus();
    }
    this.#holding = stamp;
    this.#pressed = false;
  }

  #start(own) {
    return this.#button("Drain", `Drain ${read(own).join(" ")}`, "PUT", own);
  }

  #stop(drain, own) {
    const words = `Stop draining ${read(drain).join(" ")}`;
    return this.#button(read(drain)[0] === read(own)[0] ? "Stop draining" : words, words, "DELETE", drain, "primary");
  }

  #button(label, words, method, drain, kind) {
    return actionButton(label, words, method, "v1/drains", drain, () => this.#again(), kind);
  }

  #again() {
    this.#shown = null;
    this.draw();
  }
}
