// Rates of counters that only rise, from one look at /v1/traffic to the next. Pure.

const KEPT = 60;  // Looks that a curve shows.

/** The difference a second; null while there is nothing to compare, and when a counter began anew. */
function rate(now, before, seconds) {
  return before === undefined || seconds <= 0 || now < before ? null : (now - before) / seconds;
}

/** Counters of one look by name: those of a VIP, of its pools and of their backends. */
function flatten({ vips }) {
  const flat = new Map();
  for (const vip of vips) {
    flat.set(vip.id, vip);
    for (const pool of vip.pools) {
      flat.set(nameOf(vip.id, pool.pool), pool);
      for (const backend of pool.backends) flat.set(nameOf(vip.id, pool.pool, backend.backend), backend);
    }
  }
  return flat;
}

/** What at() and curve() are asked for: a VIP, a pool of it, a backend of that. */
export function nameOf(...parts) {
  return parts.join("\n");
}

export class Rates {
  #last = new Map();
  #seconds = null;
  #rates = new Map();
  #curves = new Map();
  total = { open: 0, rate: null };

  /** Takes an answer of /v1/traffic; its clock is the server's, so that a slow answer bends nothing. */
  add(traffic) {
    const passed = this.#seconds === null ? 0 : traffic.seconds - this.#seconds;
    if (this.#seconds !== null && passed === 0) return;
    const flat = flatten(traffic);
    this.#rates = new Map([...flat].map(([name, now]) => [name, this.#compare(name, now, passed)]));
    this.#last = flat;
    this.#seconds = traffic.seconds;
    this.#sumUp(traffic.vips);
  }

  #compare(name, now, passed) {
    const before = this.#last.get(name);
    return { open: now.open, connections: now.connections, failures: now.failures,
      rate: rate(now.connections, before?.connections, passed),
      bytes: rate(now.bytes_upstream + now.bytes_downstream, before && before.bytes_upstream + before.bytes_downstream, passed) };
  }

  #sumUp(vips) {
    const known = vips.map(({ id }) => this.#rates.get(id));
    const rates = known.map((one) => one.rate).filter((one) => one !== null);
    this.total = { open: known.reduce((sum, one) => sum + one.open, 0),
      rate: rates.length ? rates.reduce((sum, one) => sum + one, 0) : null };
    const curves = new Map(vips.map(({ id }) => [id, this.#longer(id, this.#rates.get(id).rate)]));
    this.#curves = curves.set("", this.#longer("", this.total.rate));
  }

  #longer(name, value) {
    const curve = this.#curves.get(name) ?? [];
    return value === null ? curve : [...curve, value].slice(-KEPT);
  }

  /** {open, connections, failures, rate, bytes}, the last two a second; undefined of the unknown. */
  at(...parts) {
    return this.#rates.get(nameOf(...parts));
  }

  /** Connections a second over the last looks: of a VIP, or, without a name, of all. */
  curve(vip = "") {
    return this.#curves.get(vip) ?? [];
  }
}

/** The points of a curve in a box, as the attribute of a polyline. */
export function pointsOf(curve, width, height) {
  if (curve.length < 2) return "";
  const top = Math.max(...curve, 1e-9);
  const step = width / (KEPT - 1);
  const left = width - step * (curve.length - 1);
  return curve.map((value, i) => `${(left + i * step).toFixed(1)},${(height - (value / top) * (height - 2) - 1).toFixed(1)}`).join(" ");
}
