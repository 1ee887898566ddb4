// The title of what is shown in detail, and the way back.
import { el } from "../dom.mjs";

export function heading(state, view) {
  return el("div", { class: "heading" }, el("h2", { tabindex: -1 }),
    el("button", { type: "button", class: "close", "aria-label": "Close the details (Esc)", onclick: () => state.go(view) }, "✕"));
}
