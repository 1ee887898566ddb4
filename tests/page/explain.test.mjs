import assert from "node:assert/strict";
import { test } from "node:test";
import { drainsOf } from "../../admin/page/drains.mjs";
import { checkText, ofBackend, ofName, ofTask, ofVip } from "../../admin/page/explain.mjs";
import { readService } from "../../admin/page/model.mjs";
import { service, task } from "./samples.mjs";

const SOURCE = { name: "marathon", connected: true, heard_seconds_ago: 3 };

function textOf({ facts }, name) {
  return facts.filter(([known]) => known === name).map(([, text]) => text);
}

test("a name that is answered tells who made it, and first who was left out", () => {
  const member = (data, published, why) => ({ scheme: "mesos-dns", type: "A", data, published, passing: published, why,
    task: { id: `task of ${data}`, state: "running" } });
  const told = ofName({ outcome: "answer", why: "", ttl: 5, ttl_by: "dns.ttl", schemes: [{ scheme: "mesos-dns", domain: "mesos." }],
    members: [member("10.0.0.1", true, ""), member("10.0.0.2", false, "our check fails: refused")], sources: [SOURCE] });
  assert.deepEqual(told.facts, [["Answer", "answered"], ["TTL", "5 s, by dns.ttl"], ["Made by", "mesos-dns below mesos."],
    ["Told by", "marathon: connected, heard 3 s ago"]]);
  assert.deepEqual(told.rows.map(([record, answered]) => [record, answered]), [["A\u00a010.0.0.2", "no"], ["A\u00a010.0.0.1", "yes"]]);
  assert.equal(told.left, 0);
});

test("a name that is not there, or not ours, tells no more than it was told", () => {
  assert.deepEqual(ofName({ outcome: "forwarded", why: "it lies in none of our zones" }).facts,
    [["Answer", "forwarded: it lies in none of our zones"]]);
  const missing = ofName({ outcome: "nxdomain", why: "nothing is called so", nearest: ["web.marathon.mesos."], members: [], sources: [] });
  assert.deepEqual(textOf(missing, "Nearest names"), ["web.marathon.mesos."]);
});

test("of many members a few are listed, and the others counted", () => {
  const members = Array.from({ length: 50 }, (_, i) => ({ type: "A", data: `10.0.0.${i}`, published: true, why: i === 49 ? "it drains" : "" }));
  const told = ofName({ outcome: "answer", why: "", members });
  assert.deepEqual([told.rows.length, told.left, told.rows[0][0]], [20, 30, "A\u00a010.0.0.49"]);
});

const BACKENDS = [
  { endpoint: "10.0.0.1:80", state: "passing", why: "", check: { check: "tcp" }, task: { id: "a" } },
  { endpoint: "10.0.0.1:80", state: "failing", why: "our check fails: refused", check: { check: "tcp", failing_seconds: 12 }, task: { id: "b" } },
];

test("a virtual IP tells whom new clients get, and each backend's reason", () => {
  const told = ofVip({ why: "new clients get a passing backend", address_why: "its label names the address", labels: ["VIP_0=/a of /a", "VIP_0=/a of /b"],
    names: [], balance: { policy: "least-connections", by: "vip.balance" }, backends: BACKENDS, sources: [SOURCE] });
  assert.deepEqual(textOf(told, "New clients"), ["new clients get a passing backend"]);
  assert.equal(textOf(told, "Label").length, 2);
  assert.deepEqual(textOf(told, "Name"), []);
  assert.deepEqual(told.rows[0], ["10.0.0.1:80", "failing", "tcp, first failed 12 s ago", "our check fails: refused"]);
});

test("one endpoint is found among those that were told", () => {
  const endpoint = (framework, id, why) => ({ framework, endpoints: [{ endpoint: "10.0.0.1:80", protocol: "tcp", task: id, why, check: null }] });
  const services = [endpoint("marathon", "a", ""), endpoint("other", "a", "another one")];
  assert.deepEqual(ofTask({ services }, "marathon", "a").facts, [["10.0.0.1:80/tcp", "gets new clients"]]);
  assert.deepEqual(ofTask({ services }, "marathon", "gone").facts, []);
  assert.deepEqual(textOf(ofBackend({ backends: BACKENDS }, "10.0.0.1:80", "b"), "10.0.0.1:80"), ["our check fails: refused"]);
  assert.equal(checkText(null), "");
});

test("drains are known by the task, its agent, or an endpoint", () => {
  const [read] = readService(service("/web", [task("a", { agent_id: "C-S1" })])).tasks;
  const place = { task: read.id, agent: read.agent, endpoints: read.endpoints };
  const holding = [{ task: "a" }, { agent: "c-s1" }, { agent: "10.0.0.1" }, { endpoint: "10.0.0.1:31001" }];
  assert.deepEqual(drainsOf([...holding, { task: "b" }, { agent: "c-s2" }, { endpoint: "10.0.0.1:31002" }, { zone: "z" }], place), holding);
});
