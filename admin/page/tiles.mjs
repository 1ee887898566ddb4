// The summary above everything.
import { bar, el, setText } from "./dom.mjs";
import { number, rate } from "./format.mjs";
import { STATUSES } from "./model.mjs";
import { pointsOf } from "./rates.mjs";
import { sourceState } from "./views/sources.mjs";
import { curve } from "./views/vips.mjs";

class Tile {
  #told = null;

  constructor(name, href) {
    this.value = el("span", { class: "value num" });
    this.note = el("span", { class: "note" });
    this.extra = el("span", { class: "extra" });
    this.element = el("a", { class: "tile", href }, el("span", { class: "name" }, name), this.value, this.extra, this.note);
  }

  set(value, note, stamp, extra = () => []) {
    setText(this.value, value);
    setText(this.note, note);
    if (stamp === this.#told) return;
    this.#told = stamp;
    this.extra.replaceChildren(...extra());
  }
}

export class Tiles {
  constructor(place, state, search) {
    this.state = state;
    this.tiles = {
      services: new Tile("Services", "#/services"), tasks: new Tile("Tasks", "#/services"), vips: new Tile("Virtual IPs", "#/vips"),
      traffic: new Tile("Connections", "#/vips"), sources: new Tile("Sources", "#/sources"),
    };
    this.tiles.services.element.addEventListener("click", () => search(""));
    this.tiles.tasks.element.addEventListener("click", () => search(this.trouble ?? ""));
    place.append(...Object.values(this.tiles).map(({ element }) => element));
  }

  draw() {
    const { model, vips, rates } = this.state;
    const totals = model.totals();
    const others = STATUSES.filter((status) => status !== "passing" && totals[status]);
    this.trouble = others.length ? `is:${others.at(-1)}` : null;
    const broken = [...model.services.values()].filter(({ worst }) => worst === "failing").length;
    this.tiles.services.set(number(totals.services), broken ? `${number(broken)} with failing tasks` : "none fails", null);
    this.tiles.tasks.set(number(totals.tasks), others.map((s) => `${number(totals[s])} ${s}`).join(", ") || "all pass", JSON.stringify(totals),
      () => [bar(STATUSES.map((status) => ({ size: totals[status], name: status, kind: status })))]);
    const bare = vips.filter(({ pools }) => pools.every(({ passing }) => passing === 0)).length;
    this.tiles.vips.set(number(vips.length), bare ? `${number(bare)} without a passing backend` : "all serve", null);
    this.tiles.traffic.set(number(rates.total.open), rates.total.rate === null ? "open" : `open, ${rate(rates.total.rate)} new`, rates.curve().join(),
      () => [curve(pointsOf(rates.curve(), 120, 24), "connections a second, last two minutes")]);
    this.#drawSources();
  }

  #drawSources() {
    const { sources, restored } = this.state.sources;
    const states = sources.map(sourceState);
    const bad = states.filter(([kind]) => kind !== "passing");
    const good = restored ? "the state of the last run" : "all connected";
    this.tiles.sources.set(number(sources.length), bad.length ? `${bad.length} ${bad[0][1]}` : good, null);
  }
}
