// Keeps up with the catalog: by the stream of /v1/events, and where there is none by asking.

export const AGAIN = 2000;          // Milliseconds between two looks without a stream,
const STREAM_AGAIN = 30_000;        // and until the stream is tried again.

/**
 * take(message)  gets {type: "snapshot"|"change", ...} as /v1/changes tells it
 * tell(state)    "live", "asking" (no stream, but answers) or "lost"
 * get(path)      the JSON of a page
 */
export class Follower {
  #generation = null;
  #timer = null;
  #source = null;
  #asking = false;  // An answer is awaited.

  constructor({ take, tell, get }) {
    Object.assign(this, { take, tell, get });
  }

  start() {
    this.#source = new EventSource("v1/events");
    for (const type of ["snapshot", "change"]) {
      this.#source.addEventListener(type, (event) => this.#onEvent(type, event));
    }
    this.#source.addEventListener("open", () => this.#onOpen());
    this.#source.addEventListener("error", () => this.#onError());
  }

  #onEvent(type, event) {
    this.#receive({ type, ...JSON.parse(event.data) });
  }

  #onOpen() {
    clearTimeout(this.#timer);
    this.tell("live");
  }

  #receive(message) {
    this.#generation = message.generation;
    this.take(message);
  }

  /** A stream that broke opens itself again; one that was refused does not. Either way we ask until it is there. */
  #onError() {
    clearTimeout(this.#timer);
    if (this.#asking) return;  // It goes on by itself.
    this.#timer = setTimeout(() => this.#ask(Date.now() + STREAM_AGAIN), this.#generation === null ? 0 : AGAIN);
  }

  async #ask(until) {
    this.#asking = true;
    const state = await this.#look().then(() => "asking", () => "lost");
    this.#asking = false;
    if (this.#source.readyState === EventSource.OPEN) return;  // It tells by itself again.
    this.tell(state);
    if (this.#source.readyState === EventSource.CLOSED && Date.now() > until) return this.start();
    this.#timer = setTimeout(() => this.#ask(until), AGAIN);
  }

  /** All services are many bytes: they are fetched only when something has changed. */
  async #look() {
    const { generation } = await this.get("v1/sources");
    if (generation === this.#generation) return;
    const services = await this.get("v1/services");
    const isLate = this.#source.readyState === EventSource.OPEN;  // Then the stream knows better.
    if (!isLate) this.#receive({ type: "snapshot", ...services });
  }
}

/** Calls `look` over and over, one at a time, while somebody sees the page. */
export function poll(look, milliseconds) {
  const again = async () => {
    if (!document.hidden) await look().catch(() => {});
    setTimeout(again, milliseconds);
  };
  again();
}
