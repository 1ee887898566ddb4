// Where each source stands.
import { badge, el } from "../dom.mjs";
import { age, number } from "../format.mjs";

export function sourceState({ connected, synced }) {
  if (!synced) return ["failing", "not synced"];
  return connected ? ["passing", "connected"] : ["unreachable", "not connected"];
}

function card(source) {
  const [kind, word] = sourceState(source);
  const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", { class: "num" }, value));
  return el("article", { class: "card", "aria-label": `Source ${source.name}` },
    el("div", { class: "heading" }, el("h3", {}, source.name), badge(kind, word)),
    el("dl", { class: "facts" }, fact("heard", age(source.heard_seconds_ago)), fact("full state", age(source.synced_seconds_ago)),
      fact("events", number(source.events)), fact("rejected", number(source.rejected)),
      fact("resyncs", number(source.resyncs)), fact("reconnects", number(source.reconnects))),
    source.last_error ? el("p", { class: "error" }, el("span", { class: "dim" }, "last error: "), source.last_error) : "");
}

export class SourcesView {
  element = el("div", { class: "cards" });

  constructor(state) {
    this.state = state;
  }

  draw() {
    const { sources, restored } = this.state.sources;
    const note = restored ? [el("p", { class: "note" }, "Served is the state of the last run, until every source has spoken.")] : [];
    this.element.replaceChildren(...note, ...sources.map(card));
  }
}
