import assert from "node:assert/strict";
import { test } from "node:test";
import { readService } from "../../admin/page/model.mjs";
import { Index, tasksThatMatch } from "../../admin/page/search.mjs";
import { service, task, vip } from "./samples.mjs";

function indexOf(...services) {
  const index = new Index();
  for (const one of services.map(readService)) index.update({ before: null, after: one });
  return index;
}

const apps = (found) => found.map(({ app }) => app);
const at = (endpoint) => [{ ...task("x").ports[0], endpoints: [endpoint] }];

test("all words have to occur, in apps, tasks, addresses and VIPs", () => {
  const index = indexOf(
    service("/shop/cart", [task("cart.1", { ports: at("10.1.2.3:31000") })], [vip("cart.marathon:80/tcp")]),
    service("/shop/web", [task("web.1", { health: "failing" })]),
    service("/db", [task("db.1")]));
  for (const [query, expected] of [
    ["", ["/db", "/shop/cart", "/shop/web"]], ["SHOP", ["/shop/cart", "/shop/web"]], ["shop  cart", ["/shop/cart"]],
    ["10.1.2.3:31000", ["/shop/cart"]], ["11.0.0.1:80", ["/shop/cart"]], ["cart.marathon", ["/shop/cart"]],
    ["web.1", ["/shop/web"]], ["is:failing", ["/shop/web"]], ["shop is:passing", ["/shop/cart"]], ["nothing", []],
  ]) assert.deepEqual(apps(index.find(query)), expected, query);
});

test("the index follows what comes, changes and goes", () => {
  const index = indexOf(service("/b", [task("b.1")]));
  const before = index.find("")[0];
  const after = readService(service("/b", [task("b.2")]));
  index.update({ before, after });
  index.update({ before: null, after: readService(service("/a", [task("a.1")])) });
  assert.deepEqual([apps(index.find("")), apps(index.find("b.1")), apps(index.find("b.2"))], [["/a", "/b"], [], ["/b"]]);
  index.update({ before: after, after: null });
  assert.deepEqual(apps(index.find("")), ["/a"]);
});

test("of a service that is found by a task, that task is shown", () => {
  const one = readService(service("/shop", [task("shop.1"), task("shop.2", { ports: at("10.9.9.9:1") })]));
  assert.equal(tasksThatMatch(one, ["/shop"]).length, 2);
  assert.deepEqual(tasksThatMatch(one, ["/shop", "10.9.9.9"]).map(({ id }) => id), ["shop.2"]);
});

test("ten thousand tasks are searched without looking at each again", () => {
  const services = Array.from({ length: 1000 }, (_, i) => service(`/app-${i}`, Array.from({ length: 10 }, (__, j) => task(`app-${i}.${j}`))));
  const index = indexOf(...services);
  assert.deepEqual(apps(index.find("app-777.3")), ["/app-777"]);
  assert.equal(index.find("app-").length, 1000);
  const label = "a search among 10 000 tasks";
  console.time(label);  // To be read, not to be judged: the machine may be busy.
  index.find("app-777.3");
  console.timeEnd(label);
});
