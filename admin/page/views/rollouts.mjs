// Rollouts under way, and the last that ended, with their controls.
import { actionButton } from "../actions.mjs";
import { badge, bar, el } from "../dom.mjs";

const STATES = { running: "starting", paused: "draining", done: "passing", aborted: "failing" };

function buttons({ plan: { vip }, state }, refresh) {
  const button = (label, verb, kind) => actionButton(label, `${label} the rollout of ${vip}`, "POST", `v1/rollouts/${verb}`, { vip }, refresh, kind);
  if (state === "running") return [button("Pause", "pause"), button("Abort", "abort", "danger")];
  if (state === "paused") return [button("Resume", "resume", "primary"), button("Abort", "abort", "danger")];
  return [];
}

function card(rollout, refresh) {
  const { plan, percent, state, stage, reason, waits_for: waits } = rollout;
  const { vip, from, to, steps, pause } = plan;
  const share = [{ size: percent, name: `% ${to}`, kind: "pool1" }, { size: 100 - percent, name: `% ${from}`, kind: "pool0" }];
  return el("article", { class: "card", "aria-label": `Rollout of ${vip}` },
    el("div", { class: "heading" }, el("h3", {}, el("a", { href: `#/vips/${encodeURIComponent(vip)}` }, vip)), badge(STATES[state] ?? "starting", state)),
    el("p", {}, el("span", { class: "mono" }, from), " → ", el("span", { class: "mono strong" }, to), `: ${percent} % of new connections`),
    bar(share), el("p", { class: "dim num" }, `steps ${steps.join(", ")} %, ${pause} each${stage ? `; ${stage}` : ""}`),
    reason || waits ? el("p", {}, [reason, waits].filter(Boolean).join("; ")) : "",
    el("div", { class: "buttons" }, buttons(rollout, refresh)));
}

export class RolloutsView {
  #told = null;
  element = el("div", { class: "cards" });

  constructor(state) {
    this.state = state;
  }

  draw() {
    const told = JSON.stringify(this.state.rollouts);
    if (told === this.#told) return;
    this.#told = told;
    const cards = this.state.rollouts.map((rollout) => card(rollout, this.state.refresh));
    this.element.replaceChildren(...(cards.length ? cards : [el("p", { class: "empty" },
      "No rollout yet. Open a virtual IP that has two pools to start one.")]));
  }
}
