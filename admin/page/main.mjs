// The status page: what is known, what is shown of it, and the keys.
import { say, setUpToken } from "./actions.mjs";
import { get } from "./api.mjs";
import { History } from "./changes.mjs";
import { el, setText } from "./dom.mjs";
import { Follower, poll } from "./live.mjs";
import { List } from "./list.mjs";
import { Model } from "./model.mjs";
import { Rates } from "./rates.mjs";
import { holdsAll, Index, wordsOf } from "./search.mjs";
import { nextTheme, setUpTheme } from "./theme.mjs";
import { Tiles } from "./tiles.mjs";
import { eventsList } from "./views/events.mjs";
import { RolloutsView } from "./views/rollouts.mjs";
import { ServiceDetail } from "./views/service.mjs";
import { servicesList } from "./views/services.mjs";
import { SourcesView } from "./views/sources.mjs";
import { VipDetail } from "./views/vip.mjs";
import { vipsList } from "./views/vips.mjs";

const LOOK = 2000;  // Milliseconds between two looks at what is not streamed.

const byId = (id) => document.getElementById(id);
const index = new Index();

const state = {
  model: new Model(), history: new History(), rates: new Rates(),
  vips: [], rollouts: [], sources: { sources: [], restored: false },
  connection: "connecting", query: "", view: "services", key: null,
  go, refresh, backendsOf, taskOf,
};

// --- what is shown

/** Views of one list: what of it the search finds. */
class ListView {
  constructor(options, find) {
    this.list = new List(options);
    this.element = this.list.element;
    this.find = find;
  }

  draw() {
    const items = this.find();
    this.list.set(items);
    return items.length;
  }
}

function findVips() {
  const words = wordsOf(state.query);
  const text = ({ id, address, port, pools }) => `${id} ${address}:${port} ${pools.map(({ pool }) => pool).join(" ")}`.toLowerCase();
  return state.vips.filter((vip) => holdsAll(text(vip), words));
}

function findEvents() {
  const words = wordsOf(state.query);
  return state.history.events.filter(({ app, text, kind }) => holdsAll(`${app} ${text} is:${kind}`.toLowerCase(), words));
}

const views = {
  services: { title: "Services", count: () => state.model.services.size, view: new ListView(servicesList(state), () => index.find(state.query)), detail: ServiceDetail },
  vips: { title: "Virtual IPs", count: () => state.vips.length, view: new ListView(vipsList(state), findVips), detail: VipDetail },
  rollouts: { title: "Rollouts", count: () => state.rollouts.length, view: new RolloutsView(state) },
  sources: { title: "Sources", count: () => state.sources.sources.length, view: new SourcesView(state) },
  events: { title: "Events", count: () => state.history.events.length, view: new ListView(eventsList(state), findEvents) },
};

function backendsOf(id) {
  const backends = new Map();
  for (const { vips } of state.model.services.values()) {
    const vip = vips.find((one) => one.id === id);
    for (const backend of vip?.backends ?? []) backends.set(`${backend.task} ${backend.endpoint}`, backend);
  }
  return [...backends.values()].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}

function taskOf(app, id) {
  const services = [...state.model.services.values()].filter((service) => service.app === app);
  return services.flatMap(({ tasks }) => tasks).find((task) => task.id === id);
}

const tabs = new Map(Object.entries(views).map(([name, { title }]) => {
  const count = el("span", { class: "count num" });
  return [name, { link: el("a", { href: `#/${name}` }, title, count), count }];
}));
const tiles = new Tiles(byId("tiles"), state, (query) => search(query));
let detail = null;
let wanted = false;

/** Soon, and once for whatever happened until then. */
function draw() {
  if (wanted) return;
  wanted = true;
  requestAnimationFrame(() => {
    wanted = false;
    drawNow();
  });
}

function drawNow() {
  const found = views[state.view].view.draw();
  detail?.draw();
  tiles.draw();
  for (const [name, { count }] of tabs) setText(count, String(views[name].count()));
  setText(byId("found"), state.query && found !== undefined ? `${found} found` : "");
  drawConnection();
}

function drawConnection() {
  const words = { live: "Live", asking: "Every 2 s", lost: "Connection lost: what you see is old", connecting: "Connecting" };
  const kinds = { live: "passing", asking: "passing", lost: "failing", connecting: "starting" };
  const unsynced = state.connection !== "lost" && state.model.generation !== null && !state.model.synced;
  byId("live").className = `badge ${unsynced ? "starting" : kinds[state.connection]}`;
  const word = unsynced ? "Not synced yet" : words[state.connection];
  const generation = state.model.generation === null ? "" : ` · ${state.model.generation}`;
  if (byId("live").firstChild === null) byId("live").append(el("span", { class: "sign", "aria-hidden": "true" }), el("span", {}));
  setText(byId("live").lastChild, word);
  byId("live").title = `generation${generation}`;
  document.body.dataset.generation = state.model.generation ?? "";
}

// --- where we are: #/view or #/view/key

function route() {
  const [, view, ...key] = location.hash.split("/");
  state.view = view in views ? view : "services";
  const named = isReadable(key) ? key.join("/") : "";
  const before = state.key;
  state.key = named && views[state.view].detail ? named : null;
  for (const [name, { link }] of tabs) {
    if (name === state.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const { element, list } = views[state.view].view;
  if (byId("view").firstChild !== element) byId("view").replaceChildren(element);
  showDetail(before, list);
  drawNow();
}

function isReadable(key) {
  try {
    return key.map(decodeURIComponent).length > 0;
  } catch {
    return false;  // Somebody mistyped the address.
  }
}

function showDetail(before, list) {
  detail = state.key === null ? null : new views[state.view].detail(state, state.key);
  byId("detail").hidden = detail === null;
  byId("main").classList.toggle("with-detail", detail !== null);
  byId("detail").replaceChildren(...(detail ? [detail.element] : []));
  if (detail) detail.element.querySelector("h2").focus({ preventScroll: true });
  else if (before !== null) list?.focus();
}

function go(view, key) {
  location.hash = key ? `#/${view}/${key}` : `#/${view}`;
}

function search(query) {
  byId("search").value = query;
  state.query = query;
  draw();
}

// --- what is told

function take(message) {
  const first = state.model.generation === null;
  const changes = state.model.apply(message);
  for (const one of changes) index.update(one);
  if (!first) state.history.add(changes, message.generation, new Date());
  lookAtVips();
  draw();
}

/** One look at a time; what changes meanwhile is seen by one more. */
function looker(look) {
  let running = null;
  let again = false;
  return async function once() {
    if (running) {
      again = true;
      return running;
    }
    running = look().finally(() => (running = null));
    await running.catch(() => {});
    if (again) {
      again = false;
      await once();
    }
  };
}

const lookAtVips = looker(async () => {
  state.vips = (await get("v1/vips")).vips;
  draw();
});

async function lookAround() {
  const [traffic, rollouts, sources] = await Promise.all([get("v1/traffic"), get("v1/rollouts"), get("v1/sources")]);
  state.rates.add(traffic);
  state.rollouts = rollouts.rollouts;
  state.sources = sources;
  draw();
}

async function refresh() {
  await Promise.allSettled([lookAtVips(), lookAround()]);
}

// --- keys

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || byId("token-dialog").open) return;
  const writing = event.target.closest("input, select, textarea");
  if (event.key === "Escape") return escape(event);
  if (event.target === byId("search") && ["ArrowDown", "Enter"].includes(event.key)) return toList(event);
  if (writing) return;
  const name = Object.keys(views)[Number(event.key) - 1];
  if (name) go(name);
  else if (event.key === "t") nextTheme(byId("theme"));
  else if (event.key === "/") {
    event.preventDefault();
    byId("search").focus();
  }
}

function toList(event) {
  event.preventDefault();
  drawNow();  // Whoever writes fast means what they wrote last.
  views[state.view].view.list?.focus();
}

/** Back by one: from what is open in the details, from these, from the search. */
function escape(event) {
  if (event.target === byId("search") && byId("search").value) {
    event.preventDefault();
    return search("");
  }
  if (detail?.back()) return;
  if (state.key !== null) return go(state.view);
  if (state.query) search("");
  event.target.blur?.();
}

// --- the beginning

function setUp() {
  byId("tabs").append(...[...tabs.values()].map(({ link }) => link));
  byId("search").addEventListener("input", () => search(byId("search").value));
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", route);
  setUpTheme(byId("theme"));
  setUpToken();
  route();
  const tell = (connection) => {
    state.connection = connection;
    draw();
  };
  new Follower({ take, tell, get }).start();
  poll(lookAround, LOOK);
}

window.addEventListener("error", (event) => say(`This page went wrong: ${event.message}`, "failing"));
setUp();
