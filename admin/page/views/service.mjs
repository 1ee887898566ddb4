// One service: its endpoints, virtual IPs, and names.
import { get } from "../api.mjs";
import { badge, commandLine, el, setText } from "../dom.mjs";
import { ofName, ofTask } from "../explain.mjs";
import { number, rate } from "../format.mjs";
import { List } from "../list.mjs";
import { STATUSES } from "../model.mjs";
import { curlLine, digLine } from "../names.mjs";
import { tasksThatMatch, wordsOf } from "../search.mjs";
import { EndpointPanel } from "./endpoint.mjs";
import { heading } from "./heading.mjs";
import { why } from "./why.mjs";

const NAMES_SHOWN = 8;

function openAt(task, service, rates) {
  const known = service.vips.flatMap(({ id }) => task.endpoints.map((endpoint) => rates.at(id, service.app, endpoint))).filter(Boolean);
  return known.length ? known.reduce((sum, one) => sum + one.open, 0) : null;
}

function endpointRow(task, service, rates) {
  const open = openAt(task, service, rates);
  return [
    el("span", { class: "cell state" }, badge(task.status)),
    el("span", { class: "cell two" }, el("span", { class: "mono" }, task.endpoints.join(", ") || "no endpoint"),
      el("span", { class: "dim mono", title: task.id }, task.id)),
    el("span", { class: "cell two" }, el("span", { title: task.why }, task.why),
      el("span", { class: "dim", title: task.version }, `version ${task.version || "unknown"}, by ${task.source}`)),
    el("span", { class: "cell num" }, open === null ? "" : `${number(open)} open`),
  ];
}

function vipLine(vip, rates) {
  const traffic = rates.at(vip.id);
  return el("div", { class: "pair" },
    el("a", { href: `#/vips/${encodeURIComponent(vip.id)}`, class: "mono" }, vip.id),
    el("span", { class: "dim num" }, traffic ? `${number(traffic.open)} open, ${rate(traffic.rate)}` : ""),
    vip.protocol === "tcp" ? commandLine(curlLine(vip)) : el("span", { class: "mono" }, `${vip.address}:${vip.port}/udp`));
}

function nameLine(server, name) {
  return el("div", { class: "name-line" }, commandLine(digLine(server, name)),
    el("p", { class: "dim mono values" }, name.values.slice(0, 6).join("  "), name.values.length > 6 ? `  and ${name.values.length - 6} more` : ""),
    why(`${name.name} ${name.type} is answered so`, { name: name.name, type: name.type }, ofName));
}

const taskKey = (task) => `${task.source} ${task.id}`;

export class ServiceDetail {
  #generation = null;
  #told = null;

  constructor(state, key) {
    Object.assign(this, { state, key });
    this.list = new List({
      label: "Endpoints", height: 52, class: "endpoints",
      key: taskKey,
      stamp: (task) => [task, openAt(task, this.service, state.rates)],
      render: (task) => endpointRow(task, this.service, state.rates),
      open: (task) => this.panel.toggle(taskKey(task)),
      empty: () => "No task matches the search.",
    });
    this.panel = new EndpointPanel(this.list, (wanted) => this.service.tasks.find((task) => taskKey(task) === wanted),
      (task) => this.#describe(task));
    this.summary = el("p", { class: "summary" });
    this.vips = el("div", {});
    this.names = el("div", { class: "names" });
    this.element = el("div", {}, heading(state, "services"), this.summary,
      el("h3", {}, "Endpoints"), this.list.element, this.panel.element,
      el("h3", {}, "Virtual IPs"), this.vips, el("h3", {}, "DNS names"), this.names);
    this.title = this.element.querySelector("h2");
  }

  draw() {
    const service = this.state.model.services.get(this.key);
    if (!service) return this.#gone();
    this.service = service;
    const tasks = tasksThatMatch(service, wordsOf(this.state.query));
    setText(this.title, service.app);
    setText(this.summary, this.#sum(service, tasks));
    this.list.element.style.height = `${Math.min(7.5, Math.max(1, tasks.length)) * 52 + 2}px`;
    this.list.set(tasks);
    this.panel.draw();
    this.#drawVips(service);
    if (this.#generation !== service) this.#askForNames(service);
  }

  /** Closes what is open in it; false when nothing is. */
  back() {
    return this.panel.close();
  }

  #describe({ id, status, agent, endpoints }) {
    const { app, framework } = this.service;
    return { title: endpoints.join(", ") || id, status, query: { service: app }, read: (told) => ofTask(told, framework, id),
      drain: { task: id }, task: id, agent, endpoints };
  }

  #sum({ framework, counts, versions, tasks }, shown) {
    const states = STATUSES.filter((status) => counts[status]).map((status) => `${counts[status]} ${status}`);
    const told = [`Framework ${framework}`, states.join(", ") || "no task"];
    if (versions.length > 1) told.push(`${versions.length} versions`);
    if (shown.length < tasks.length) told.push(`${shown.length} of ${tasks.length} match the search`);
    return told.join(" · ");
  }

  #gone() {
    setText(this.summary, this.state.model.generation === null ? "Waiting for the first answer." : "This service is gone.");
    setText(this.title, decodeURIComponent(this.key.split("/")[1] ?? this.key));
    this.list.set([]);
    this.panel.close();
  }

  /** Made anew only when it says something else: what is selected there stays so. */
  #drawVips(service) {
    const told = JSON.stringify(service.vips.map((vip) => [vip.id, vip.address, this.state.rates.at(vip.id)]));
    if (told === this.#told) return;
    this.#told = told;
    const lines = service.vips.map((vip) => vipLine(vip, this.state.rates));
    this.vips.replaceChildren(...(lines.length ? lines : [el("p", { class: "dim" }, "None: give a port a VIP label to have one.")]));
  }

  async #askForNames(service) {
    this.#generation = service;
    const query = new URLSearchParams({ framework: service.framework, app: service.app });
    try {
      this.#drawNames(await get(`v1/names?${query}`));
    } catch (error) {
      this.names.replaceChildren(el("p", { class: "dim" }, error.message));
    }
  }

  #drawNames({ servers, names, more }) {
    const lines = names.map((name) => nameLine(servers[0], name));
    const rest = lines.slice(NAMES_SHOWN);
    const all = rest.length ? [el("details", {}, el("summary", {}, `${rest.length} more names`), rest)] : [];
    const left = more ? [el("p", { class: "dim" }, `${more} names of single tasks are not listed.`)] : [];
    if (this.#isReading()) return;
    this.names.replaceChildren(...lines.slice(0, NAMES_SHOWN), ...all, ...left);
    if (!lines.length) this.names.replaceChildren(el("p", { class: "dim" }, "No name is published for it."));
  }

  #isReading() {
    return this.names.querySelector("details[open]") !== null || (!getSelection().isCollapsed && this.names.contains(getSelection().anchorNode));
  }
}
