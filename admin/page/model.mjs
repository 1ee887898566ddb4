// What the page knows of services: a snapshot, and the changes since. Pure.

/** Names a service in maps and in the address of the page. */
export function keyOf({ framework, app }) {
  return `${encodeURIComponent(framework)}/${encodeURIComponent(app)}`;
}

/** From the best to the worst; each has its sign in the style sheet. */
export const STATUSES = ["passing", "starting", "draining", "unreachable", "failing"];

/** What a task may get, and why, in words: {status, why}. `backends` are those it gives to VIPs. */
export function judge(task, backends = []) {
  const drains = backends.some((backend) => backend.state === "draining");
  const silent = task.ports.find((port) => port.probe === "unknown");
  const broken = task.ports.find((port) => port.probe === "failing");
  const rules = [
    [task.state === "killing", "draining", "being killed: nothing new, open connections may end"],
    [task.state === "starting", "starting", "not running yet"],
    [task.state === "unreachable", "unreachable", "its agent is lost"],
    [task.health === "failing", "failing", "its health check fails"],
    [broken, "failing", `Signpost's check of port ${broken?.port} fails`],
    [isDrained(task), "draining", "the operator drains it: nothing new, open connections stay"],
    [drains, "draining", "draining: nothing new, open connections may end"],
    [!task.ready, "starting", "its readiness check has not passed"],
    [task.health === "unknown", "starting", "its health check has not spoken yet"],
    [silent, "starting", `Signpost's check of port ${silent?.port} has not spoken yet`],
    [task.ports.some((port) => !port.passing), "failing", "a port of it may get no traffic"],
  ];
  const rule = rules.find(([holds]) => holds);
  return rule ? { status: rule[1], why: rule[2] } : { status: "passing", why: praise(task) };
}

function isDrained({ drained, ports }) {
  return drained || ports.some((port) => port.drained);
}

function praise(task) {
  const told = task.health === "passing";
  const seen = task.ports.some((port) => port.probe === "passing");
  if (told && seen) return "passes both checks";
  return told ? "passes its health check" : seen ? "passes Signpost's check" : "runs; nobody checks it";
}

function readTask(task, backends) {
  const endpoints = [...new Set(task.ports.flatMap((port) => port.endpoints))];
  const { status, why } = judge(task, backends);
  return { id: task.id, source: task.source, version: task.version, status, why, endpoints,
    agent: [task.agent_id.toLowerCase(), ...task.agent_addresses],  // By what names drains may hold it.
    address: endpoints[0] ?? task.addresses[0] ?? task.agent_addresses[0] ?? "" };
}

function groupBy(list, key) {
  const groups = new Map();
  for (const item of list) {
    const group = groups.get(key(item));
    if (group) group.push(item); else groups.set(key(item), [item]);
  }
  return groups;
}

/** A service as the API tells it, made ready to be shown. */
export function readService(told) {
  const own = told.vips.flatMap((vip) => vip.backends.filter((backend) => backend.app === told.app));
  const backends = groupBy(own, (backend) => backend.task);
  const tasks = told.tasks.map((task) => readTask(task, backends.get(task.id)));
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0]));
  for (const task of tasks) counts[task.status] += 1;
  return {
    key: keyOf(told), app: told.app, framework: told.framework, tasks, counts,
    versions: [...groupBy(tasks, (task) => task.version)].map(([version, of]) => ({ version, tasks: of.length })),
    vips: told.vips.map(({ id, address, port, protocol, backends: all }) => ({ id, address, port, protocol, backends: all })),
    worst: STATUSES.findLast((status) => counts[status] > 0) ?? "starting",
  };
}

export class Model {
  services = new Map();
  generation = null;  // Until something was told.
  synced = false;

  /**
   * Takes what /v1/events or /v1/changes told: a snapshot replaces everything, a change what it names.
   * Returns what became other: [{before, after}], one of them null for what came or went.
   */
  apply(message) {
    const told = message.type === "snapshot" ? this.#replace(message.services) : this.#change(message);
    this.generation = message.generation;
    this.synced = message.synced;
    return told;
  }

  #change({ changed, removed }) {
    const gone = removed.map(keyOf).filter((key) => this.services.has(key)).map((key) => this.#drop(key));
    return [...gone, ...changed.map((service) => this.#put(service))];
  }

  #replace(services) {
    const named = new Set(services.map(keyOf));
    const gone = [...this.services.keys()].filter((key) => !named.has(key)).map((key) => this.#drop(key));
    const news = services.map((service) => this.#put(service));
    return [...gone, ...news.filter(({ before, after }) => !before || !isSame(before, after))];
  }

  #put(told) {
    const after = readService(told);
    const before = this.services.get(after.key) ?? null;
    this.services.set(after.key, after);
    return { before, after };
  }

  #drop(key) {
    const before = this.services.get(key);
    this.services.delete(key);
    return { before, after: null };
  }

  /** {services, tasks, passing, starting, draining, unreachable, failing}. */
  totals() {
    const totals = { services: this.services.size, tasks: 0, ...Object.fromEntries(STATUSES.map((s) => [s, 0])) };
    for (const { tasks, counts } of this.services.values()) {
      totals.tasks += tasks.length;
      for (const status of STATUSES) totals[status] += counts[status];
    }
    return totals;
  }
}

function isSame(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
