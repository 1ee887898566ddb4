// What /v1/explain told, made ready to be shown: {facts: [[name, text]], heads, rows, left}. Pure.
import { age } from "./format.mjs";

const SHOWN = 20;  // Rows at most; those with a reason come first.

const OUTCOMES = {
  answer: "answered", nodata: "no record of this type at the name", nxdomain: "no such name", servfail: "not known yet",
  refused: "refused", forwarded: "forwarded",
};

/** A check as the configuration writes it, and since when it does not pass. */
export function checkText(check) {
  if (!check) return "";
  return check.failing_seconds === undefined ? check.check : `${check.check}, first failed ${age(check.failing_seconds)}`;
}

function told(sources) {
  return sources.map(({ name, connected, heard_seconds_ago: heard }) =>
    ["Told by", `${name}: ${connected ? "connected" : "not connected"}, heard ${age(heard)}`]);
}

/** Facts without a text are left out. */
function reasons(facts, heads, rows) {
  const sorted = [...rows.filter(({ why }) => why), ...rows.filter(({ why }) => !why)].map(({ cells }) => cells);
  return { facts: facts.filter(([, text]) => text), heads, rows: sorted.slice(0, SHOWN), left: Math.max(0, sorted.length - SHOWN) };
}

function giver({ task, vip, source }) {
  if (task) return `${task.id}, ${task.state}`;
  if (vip) return `virtual IP ${vip}`;
  return source ? `members that ${source} tells of` : "stands whatever runs";
}

export function ofName({ outcome, why, ttl, ttl_by: by, schemes = [], aliases = [], nearest = [], members = [], sources = [] }) {
  const facts = [
    ["Answer", [OUTCOMES[outcome] ?? outcome, why].filter(Boolean).join(": ")],
    ["TTL", ttl === undefined ? "" : `${ttl} s, by ${by}`],
    ["Made by", schemes.map(({ scheme, domain }) => (domain ? `${scheme} below ${domain}` : scheme)).join(", ")],
    ["Taken for", aliases.join(", then ")], ["Nearest names", nearest.join(", ")], ...told(sources),
  ];
  return reasons(facts, ["Record", "Answered", "From", "Why"], members.map((member) =>
    ({ why: member.why, cells: [`${member.type}\u00a0${member.data}`, member.published ? "yes" : "no", giver(member), member.why] })));
}

export function ofVip({ why, address_why: address, labels, names, balance, backends, sources }) {
  const facts = [
    ["New clients", why], ["Address", address], ...labels.map((label) => ["Label", label]), ["Name", names.join(", ")],
    ["Balance", `${balance.policy}, by ${balance.by}`], ...told(sources),
  ];
  return reasons(facts, ["Backend", "State", "Check", "Why"], backends.map((backend) =>
    ({ why: backend.why, cells: [backend.endpoint, backend.state, checkText(backend.check), backend.why] })));
}

function endpointFacts(name, { why, check }) {
  return [[name, why || "gets new clients"], [`Check of ${name}`, checkText(check)]];
}

/** The endpoints of one task, of what a service was told to be. */
export function ofTask({ services }, framework, task) {
  const endpoints = services.filter((service) => service.framework === framework).flatMap((service) => service.endpoints);
  const own = endpoints.filter((endpoint) => endpoint.task === task);
  return reasons(own.flatMap((one) => endpointFacts(`${one.endpoint}/${one.protocol}`, one)), [], []);
}

/** One backend, of what a virtual IP was told to be. */
export function ofBackend({ backends }, endpoint, task) {
  const own = backends.filter((one) => one.endpoint === endpoint && one.task?.id === task);
  return reasons(own.flatMap((one) => endpointFacts(endpoint, one)), [], []);
}
