// The list of services.
import { badge, bar, el } from "../dom.mjs";
import { number, rate } from "../format.mjs";
import { STATUSES } from "../model.mjs";

/** Passing ones, of all. */
function tasksCell({ counts, tasks }) {
  const parts = STATUSES.map((status) => ({ size: counts[status], name: status, kind: status }));
  const word = counts.passing === tasks.length ? "passing" : `of ${tasks.length} passing`;
  return el("span", { class: "cell tasks" }, bar(parts),
    el("span", { class: "num" }, number(counts.passing), " ", el("span", { class: "dim" }, word)));
}

function vipsCell({ vips }) {
  if (!vips.length) return el("span", { class: "cell vips dim" }, "no virtual IP");
  const [first] = vips;
  const more = vips.length > 1 ? ` +${vips.length - 1}` : "";
  return el("span", { class: "cell vips" }, el("span", { class: "mono" }, first.id), el("span", { class: "dim" }, more));
}

/** Clients of its pools at all its VIPs. */
export function trafficOf(service, rates) {
  const known = service.vips.map(({ id }) => rates.at(id, service.app)).filter(Boolean);
  const some = known.filter((one) => one.rate !== null);
  return { open: known.reduce((sum, one) => sum + one.open, 0), known: known.length > 0,
    rate: some.length ? some.reduce((sum, one) => sum + one.rate, 0) : null };
}

function trafficCell(traffic) {
  return el("span", { class: "cell traffic num" }, traffic.known ? `${number(traffic.open)} open` : "",
    el("span", { class: "dim" }, traffic.known ? rate(traffic.rate) : ""));
}

function versionCell({ versions }) {
  return el("span", { class: "cell dim num" }, versions.length > 1 ? `${versions.length} versions` : "");
}

export function serviceRow(service, rates) {
  return [
    el("span", { class: "cell name" }, badge(service.worst, ""), el("span", { class: "strong" }, service.app),
      el("span", { class: "dim" }, service.framework)),
    tasksCell(service), versionCell(service), vipsCell(service), trafficCell(trafficOf(service, rates)),
  ];
}

export function servicesList(state) {
  return {
    label: "Services", height: 48, class: "services",
    key: (service) => service.key,
    stamp: (service) => [service.counts, service.versions.length, service.vips.map(({ id }) => id), trafficOf(service, state.rates)],
    render: (service) => serviceRow(service, state.rates),
    open: (service) => state.go("services", service.key),
    empty: () => (state.query ? "No service matches. Words are looked for in apps, tasks, addresses, versions and VIPs; is:failing finds states."
      : "No service is known yet."),
  };
}
