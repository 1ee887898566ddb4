// What happened since the page was opened.
import { badge, el } from "../dom.mjs";
import { clock } from "../format.mjs";

const WORDS = { new: "new", gone: "gone", version: "version" };

function row({ kind, app, text, generation, when }) {
  return [el("span", { class: "cell num dim" }, clock(when)), el("span", { class: "cell state" }, badge(kind, WORDS[kind] ?? kind)),
    el("span", { class: "cell strong clip" }, app), el("span", { class: "cell clip", title: text }, text),
    el("span", { class: "cell num dim" }, `generation ${generation}`)];
}

export function eventsList(state) {
  return {
    label: "Events", height: 36, class: "events",
    key: (event) => String(event.number),
    stamp: (event) => event.number,
    render: row,
    open: (event) => state.go("services", event.key),
    empty: () => (state.query ? "No event matches." : "Nothing has changed since this page was opened."),
  };
}
