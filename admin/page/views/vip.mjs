// One virtual IP: its pools and their weights, its backends, and what changes them.
import { act, actionButton } from "../actions.mjs";
import { badge, commandLine, el, setText } from "../dom.mjs";
import { ofBackend, ofVip } from "../explain.mjs";
import { bytes, number, rate } from "../format.mjs";
import { List } from "../list.mjs";
import { curlLine } from "../names.mjs";
import { EndpointPanel } from "./endpoint.mjs";
import { heading } from "./heading.mjs";
import { stateOf, sharesOf } from "./vips.mjs";
import { why } from "./why.mjs";

function poolRow(vip, pool, state) {
  const traffic = state.rates.at(vip.id, pool.pool);
  const cell = (text) => el("td", { class: "num" }, text);
  return el("tr", {}, el("th", { scope: "row" }, pool.pool), cell(`${Math.round(pool.share * 100)} %`),
    cell(pool.weight === null ? "–" : `${pool.weight} by ${pool.weight_by}`),
    cell(`${pool.passing} / ${pool.passing + pool.failing + pool.draining}`),
    cell(traffic ? number(traffic.open) : "–"), cell(traffic ? rate(traffic.rate) : "–"), cell(traffic ? bytes(traffic.bytes) : "–"),
    cell(traffic ? number(traffic.failures) : "–"));
}

function poolTable(vip, state) {
  const heads = ["Pool", "Share", "Weight", "Passing", "Open", "New", "Bytes", "Failed"];
  return el("table", {}, el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, sharesOf(vip).map((pool) => poolRow(vip, pool, state))));
}

function weightsForm(vip, done) {
  const fields = vip.pools.map(({ pool, weight }) => [pool, el("input", { type: "number", min: 0, max: 1_000_000, step: 1, required: true,
    value: weight ?? 1, "aria-label": `Weight of ${pool}` })]);
  const send = (event) => {
    event.preventDefault();
    const weights = Object.fromEntries(fields.map(([pool, field]) => [pool, field.valueAsNumber]));
    act(`Weights of ${vip.id}`, "PUT", "v1/weights", { vip: vip.id, weights }, done);
  };
  return el("form", { class: "line", onsubmit: send }, fields.map(([pool, field]) => el("label", {}, pool, field)),
    el("button", { type: "submit" }, "Set weights"),
    actionButton("Labels decide", `Take back the weights of ${vip.id}`, "DELETE", "v1/weights", { vip: vip.id }, done),
    vip.pools.map(({ pool }) => actionButton(`All to ${pool}`, `Switch ${vip.id} to ${pool}`, "POST", "v1/switch", { vip: vip.id, to: pool }, done)));
}

function planOf(vip, form) {
  const plan = { vip: vip.id, to: form.to.value, steps: form.steps.value.split(/[\s,]+/).filter(Boolean).map(Number), pause: form.pause.value };
  return form.scale.checked ? { ...plan, scale: {} } : plan;
}

/** Clients are most often moved to whoever has the fewest. */
function idlest(vip) {
  return sharesOf(vip).sort((a, b) => a.share - b.share);
}

function rolloutForm(vip, done) {
  const field = (label, name, value) => el("label", {}, label, el("input", { name, value, required: true, size: 8 }));
  const send = (event) => {
    event.preventDefault();
    const plan = planOf(vip, event.target.elements);
    act(`Rollout of ${vip.id} to ${plan.to}`, "POST", "v1/rollouts", plan, done);
  };
  return el("form", { class: "line", onsubmit: send },
    el("label", {}, "To", el("select", { name: "to", "aria-label": "Roll out to" }, idlest(vip).map(({ pool }) => el("option", { value: pool }, pool)))),
    field("Steps in %", "steps", "5, 20, 50"), field("Pause", "pause", "60s"),
    el("label", { class: "check" }, el("input", { type: "checkbox", name: "scale" }), "scale the apps"),
    el("button", { type: "submit", class: "primary" }, "Start rollout"));
}

function backendRow(vip, backend, state) {
  const traffic = state.rates.at(vip.id, backend.app, backend.endpoint);
  return [el("span", { class: "cell state" }, badge(backend.state)),
    el("span", { class: "cell two" }, el("span", { class: "mono" }, backend.endpoint), el("span", { class: "dim" }, backend.app)),
    el("span", { class: "cell num" }, traffic ? `${number(traffic.open)} open` : ""),
    el("span", { class: "cell num" }, traffic ? rate(traffic.rate) : "")];
}

const backendKey = (backend) => `${backend.task} ${backend.endpoint}`;

export class VipDetail {
  #forms = null;

  constructor(state, key) {
    this.state = state;
    this.id = decodeURIComponent(key);
    this.list = new List({
      label: "Backends", height: 48, class: "backends",
      key: backendKey,
      stamp: (backend) => [backend, state.rates.at(this.id, backend.app, backend.endpoint)],
      render: (backend) => backendRow(this.vip, backend, state),
      open: (backend) => this.panel.toggle(backendKey(backend)),
      empty: () => "No backend.",
    });
    this.panel = new EndpointPanel(this.list, (wanted) => state.backendsOf(this.id).find((one) => backendKey(one) === wanted),
      (backend) => this.#describe(backend));
    this.pools = el("div", { class: "scroll" });
    this.summary = el("p", { class: "summary" });
    this.where = el("div", {});
    this.controls = el("div", { class: "controls" });
    this.element = el("div", {}, heading(state, "vips"), this.summary, this.where,
      why(`${this.id} is as it is`, { vip: this.id }, ofVip), el("h3", {}, "Pools"), this.pools,
      el("h3", {}, "Change"), this.controls, el("h3", {}, "Backends"), this.list.element, this.panel.element);
    this.title = this.element.querySelector("h2");
    setText(this.title, this.id);
  }

  draw() {
    this.vip = this.state.vips.find(({ id }) => id === this.id);
    if (!this.vip) return setText(this.summary, "There is no such virtual IP now.");
    const words = { passing: "every backend passes", draining: "some backends drain", unreachable: "some backends fail", failing: "no backend passes" };
    setText(this.summary, `${this.vip.protocol.toUpperCase()} at ${this.vip.address}:${this.vip.port} · ${words[stateOf(this.vip)]}`);
    this.pools.replaceChildren(poolTable(this.vip, this.state));
    this.#drawControls();
    const backends = this.state.backendsOf(this.id);
    this.list.element.style.height = `${Math.min(7.5, Math.max(1, backends.length)) * 48 + 2}px`;
    this.list.set(backends);
    this.panel.draw();
  }

  /** Closes what is open in it; false when nothing is. */
  back() {
    return this.panel.close();
  }

  #describe({ endpoint, state, task, app }) {
    const agent = this.state.taskOf(app, task)?.agent ?? [];
    return { title: endpoint, status: state, query: { vip: this.id }, read: (told) => ofBackend(told, endpoint, task),
      drain: { endpoint }, task, agent, endpoints: [endpoint] };
  }

  /** Forms stay as they are while the same pools are there: somebody may be writing. */
  #drawControls() {
    const pools = JSON.stringify(this.vip.pools.map(({ pool, weight }) => [pool, weight]));
    if (pools === this.#forms || (this.#forms && this.controls.contains(document.activeElement))) return;
    this.#forms = pools;
    const { refresh } = this.state;
    const several = this.vip.pools.length > 1;
    this.controls.replaceChildren(weightsForm(this.vip, refresh),
      several ? rolloutForm(this.vip, refresh) : el("p", { class: "dim" }, "A rollout needs a second app with the same VIP label."));
    this.where.replaceChildren(this.vip.protocol === "tcp" ? commandLine(curlLine(this.vip)) : "");
  }
}
