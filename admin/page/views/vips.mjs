// The list of virtual IPs.
import { badge, bar, el, svg } from "../dom.mjs";
import { number, rate } from "../format.mjs";
import { pointsOf } from "../rates.mjs";

/** What share of the new connections each pool gets: weights, or else how many of its backends pass. */
export function sharesOf({ pools }) {
  const weighted = pools.some(({ weight }) => weight !== null);
  const parts = pools.map((pool) => ({ ...pool, part: pool.passing === 0 ? 0 : weighted ? (pool.weight ?? 0) : pool.passing }));
  const total = parts.reduce((sum, { part }) => sum + part, 0);
  return parts.map((pool) => ({ ...pool, share: total ? pool.part / total : 0 }));
}

export function stateOf({ pools }) {
  const sum = (member) => pools.reduce((all, pool) => all + pool[member], 0);
  if (sum("passing") === 0) return "failing";
  return sum("failing") ? "unreachable" : sum("draining") ? "draining" : "passing";
}

export function curve(points, label) {
  return svg("svg", { class: "curve", viewBox: "0 0 120 24", preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("polyline", { points, fill: "none", "vector-effect": "non-scaling-stroke" }));
}

function poolsCell(vip) {
  const shares = sharesOf(vip);
  const text = shares.map(({ pool, share }) => `${pool} ${Math.round(share * 100)} %`).join("  ·  ");
  const parts = shares.map(({ pool, share }, i) => ({ size: Math.round(share * 100), name: `% ${pool}`, kind: `pool${i % 4}` }));
  return el("span", { class: "cell two" }, el("span", { class: "clip" }, text || "no pool"), bar(parts));
}

function row(vip, state) {
  const traffic = state.rates.at(vip.id);
  const of = (member) => vip.pools.reduce((sum, pool) => sum + pool[member], 0);
  return [
    el("span", { class: "cell name" }, badge(stateOf(vip), ""), el("span", { class: "two" }, el("span", { class: "strong" }, vip.id),
      el("span", { class: "dim mono" }, `${vip.address}:${vip.port}`))),
    poolsCell(vip),
    el("span", { class: "cell num" }, `${of("passing")} passing`, el("span", { class: "dim" }, others(of))),
    el("span", { class: "cell traffic num" }, traffic ? `${number(traffic.open)} open` : "", el("span", { class: "dim" }, traffic ? rate(traffic.rate) : "")),
    el("span", { class: "cell" }, curve(pointsOf(state.rates.curve(vip.id), 120, 24), "connections a second, last two minutes")),
  ];
}

function others(of) {
  return ["failing", "draining"].filter((member) => of(member)).map((member) => `${of(member)} ${member}`).join(", ");
}

export function vipsList(state) {
  return {
    label: "Virtual IPs", height: 56, class: "vip-list",
    key: (vip) => vip.id,
    stamp: (vip) => [vip, state.rates.at(vip.id), state.rates.curve(vip.id).slice(-1)],
    render: (vip) => row(vip, state),
    open: (vip) => state.go("vips", encodeURIComponent(vip.id)),
    empty: () => (state.query ? "No virtual IP matches." : "No virtual IP: a VIP label on a port of an app makes one."),
  };
}
