// Reasons, fetched where the reader asks for them.
import { get } from "../api.mjs";
import { el } from "../dom.mjs";

function factList(facts) {
  return el("dl", { class: "reasons" }, facts.map(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));
}

function table({ heads, rows, left }) {
  if (!rows.length) return [];
  return [el("div", { class: "scroll" }, el("table", { class: "reasons-table" },
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell || "–"))))))),
  left ? el("p", { class: "dim" }, `${left} more are not listed.`) : ""];
}

/** What a function of explain.mjs made. */
export function showReasons(reasons) {
  return [factList(reasons.facts), ...table(reasons)];
}

export function explain(query) {
  return get(`v1/explain?${new URLSearchParams(query)}`);
}

/**
 * Something to open that tells why; it asks each time it is opened, and not before.
 *
 * about  what it explains, for those who hear it
 * query  of /v1/explain
 * read   a function of explain.mjs
 */
export function why(about, query, read) {
  const body = el("div", { "aria-live": "polite" });
  const ask = async () => {
    try {
      body.replaceChildren(...showReasons(read(await explain(query))));
    } catch (error) {
      body.replaceChildren(el("p", { class: "dim" }, error.message));
    }
  };
  const onToggle = (event) => event.currentTarget.open && ask();
  return el("details", { class: "why", ontoggle: onToggle }, el("summary", { "aria-label": `Why ${about}` }, "Why"), body);
}
