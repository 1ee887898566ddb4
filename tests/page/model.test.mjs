import assert from "node:assert/strict";
import { test } from "node:test";
import { History, describeChange } from "../../admin/page/changes.mjs";
import { judge, keyOf, Model, readService } from "../../admin/page/model.mjs";
import { snapshot, service, task, vip } from "./samples.mjs";

test("a service is named by framework and app, whatever they hold", () => {
  assert.notEqual(keyOf({ framework: "a/b", app: "c" }), keyOf({ framework: "a", app: "b/c" }));
  assert.equal(keyOf({ framework: "marathon", app: "/a b" }), "marathon/%2Fa%20b");
});

test("each state of a task has its word and its reason", () => {
  const port = (values) => ({ ports: [{ ...task("x").ports[0], ...values }] });
  for (const [values, status, reason] of [
    [{}, "passing", /nobody checks/],
    [{ health: "passing" }, "passing", /its health check/],
    [port({ probe: "passing" }), "passing", /Signpost's check/],
    [{ health: "passing", ...port({ probe: "passing" }) }, "passing", /both/],
    [{ state: "killing" }, "draining", /killed/],
    [{ state: "starting" }, "starting", /not running/],
    [{ state: "unreachable" }, "unreachable", /agent/],
    [{ health: "failing" }, "failing", /health check fails/],
    [{ drained: true }, "draining", /operator/],
    [port({ drained: true }), "draining", /operator/],
    [{ ready: false, ...port({ passing: false }) }, "starting", /readiness/],
    [port({ probe: "failing", passing: false }), "failing", /port 31001/],
    [port({ probe: "unknown", passing: false }), "starting", /port 31001/],
    [port({ passing: false }), "failing", /no traffic/],
  ]) {
    const judged = judge({ ...task("x"), ...values });
    assert.equal(judged.status, status, JSON.stringify(values));
    assert.match(judged.why, reason);
  }
  assert.equal(judge(task("x"), [{ state: "draining" }]).status, "draining");
});

test("a service counts its tasks and knows its worst", () => {
  const read = readService(service("/web", [task("a"), task("b", { health: "failing" }), task("c", { state: "killing", version: "2" })]));
  assert.deepEqual(read.counts, { passing: 1, starting: 0, draining: 1, unreachable: 0, failing: 1 });
  assert.equal(read.worst, "failing");
  assert.deepEqual(read.versions, [{ version: "1", tasks: 2 }, { version: "2", tasks: 1 }]);
  assert.equal(readService(service("/none", [])).worst, "starting");
});

test("a change replaces what it names and leaves the rest", () => {
  const model = new Model();
  model.apply(snapshot([service("/a", [task("a1")]), service("/b", [task("b1")])]));
  const told = model.apply({ type: "change", generation: 8, synced: true, changed: [service("/a", [task("a1"), task("a2")])],
    removed: [{ framework: "marathon", app: "/b" }, { framework: "marathon", app: "/unknown" }] });
  assert.deepEqual([...model.services.values()].map(({ app, tasks }) => [app, tasks.length]), [["/a", 2]]);
  assert.deepEqual(told.map(({ before, after }) => [before?.app, after?.app]), [["/b", undefined], ["/a", "/a"]]);
  assert.equal(model.generation, 8);
  assert.deepEqual(model.totals(), { services: 1, tasks: 2, passing: 2, starting: 0, draining: 0, unreachable: 0, failing: 0 });
});

test("a snapshot tells only what is another since the last one", () => {
  const model = new Model();
  const all = ["/a", "/b", "/c"].map((app) => service(app, [task(app)]));
  assert.equal(model.apply(snapshot(all)).length, 3);
  assert.deepEqual(model.apply(snapshot(all)), []);
  const told = model.apply(snapshot([all[0], service("/b", [task("/b", { health: "failing" })])]));
  assert.deepEqual(told.map(({ before, after }) => [before.app, after?.worst]), [["/c", undefined], ["/b", "failing"]]);
});

test("what happened is told in words", () => {
  const texts = (before, after) => describeChange({ before: before && readService(before), after: after && readService(after) }).map(({ kind, text }) => `${kind}: ${text}`);
  const one = service("/a", [task("a")]);
  assert.deepEqual(texts(null, one), ["new: new service with 1 task"]);
  assert.deepEqual(texts(one, null), ["gone: service has gone"]);
  assert.deepEqual(texts(one, service("/a", [task("a", { health: "failing" })])),
    ["failing: 10.0.0.1:31001 fails: its health check fails"]);
  const fresh = [task("b", { version: "2", state: "starting" }), task("c", { version: "2", state: "starting" })];
  assert.deepEqual(texts(one, service("/a", [task("a"), ...fresh])), ["version: version 2 comes", "starting: 2 tasks are starting"]);
  assert.deepEqual(texts(service("/a", [task("a"), fresh[0]]), service("/a", [fresh[0]])),
    ["version: all tasks are of version 2", "gone: 10.0.0.1:31001 has gone"]);
  assert.deepEqual(texts(one, service("/a", [task("a")], [vip("a.marathon:80/tcp")])), ["new: virtual IP a.marathon:80/tcp opens"]);
});

test("the history is newest first, and bounded", () => {
  const history = new History();
  const after = readService(service("/a", [task("a")]));
  for (let i = 0; i < History.KEPT + 5; i += 1) history.add([{ before: null, after }], i, new Date(0));
  assert.equal(history.events.length, History.KEPT);
  assert.equal(history.events[0].generation, History.KEPT + 4);
  assert.equal(new Set(history.events.map(({ number }) => number)).size, History.KEPT);
});
