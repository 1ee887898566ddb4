// Search that stays quick with ten thousand tasks: everything is written down once, in lower case, and
// a search only looks whether its words occur there. Pure.

/** The words of a search; all of them have to occur. */
export function wordsOf(query) {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

export function holdsAll(text, words) {
  return words.every((word) => text.includes(word));
}

function taskText({ id, endpoints, version, status }) {
  return `${id} ${endpoints.join(" ")} ${version} is:${status}`.toLowerCase();
}

function headText({ app, framework, vips }) {
  return `${app} ${framework} ${vips.map(({ id, address, port }) => `${id} ${address}:${port}`).join(" ")}`.toLowerCase();
}

/** Those tasks of a service that the words mean: all of them, where the words mean the service itself. */
export function tasksThatMatch(service, words) {
  const head = headText(service);
  const left = words.filter((word) => !head.includes(word));
  return left.length ? service.tasks.filter((task) => holdsAll(taskText(task), left)) : service.tasks;
}

export class Index {
  #entries = new Map();
  #sorted = null;

  /** A service came, is another, or (after is null) is gone. */
  update({ before, after }) {
    if (!before || !after) this.#sorted = null;
    if (!after) return this.#entries.delete(before.key);
    const text = `${headText(after)} ${after.tasks.map(taskText).join("\n")}`;
    this.#entries.set(after.key, { service: after, text });
  }

  /** The services in which all words occur, by app. */
  find(query) {
    const words = wordsOf(query);
    this.#sorted ??= [...this.#entries.keys()].sort((a, b) => this.#compare(a, b));
    const entries = this.#sorted.map((key) => this.#entries.get(key));
    return entries.filter(({ text }) => holdsAll(text, words)).map(({ service }) => service);
  }

  #compare(a, b) {
    const [one, other] = [this.#entries.get(a).service, this.#entries.get(b).service];
    if (one.app !== other.app) return one.app < other.app ? -1 : 1;
    return one.framework < other.framework ? -1 : Number(one.framework > other.framework);
  }
}
