import assert from "node:assert/strict";
import { test } from "node:test";
import * as format from "../../admin/page/format.mjs";
import { curlLine, digLine, shellWord } from "../../admin/page/names.mjs";
import { pointsOf, Rates } from "../../admin/page/rates.mjs";

const counts = (connections, open = 1) => ({ connections, open, bytes_upstream: connections * 10, bytes_downstream: 0, failures: 0 });
const look = (seconds, connections, open) => ({ seconds, vips: [{ id: "web:80/tcp", ...counts(connections, open),
  pools: [{ pool: "/web", ...counts(connections, open), backends: [{ backend: "10.0.0.1:80", ...counts(connections, open) }] }] }] });

test("rates are differences by the server's clock", () => {
  const rates = new Rates();
  rates.add(look(100, 50));
  assert.equal(rates.at("web:80/tcp").rate, null);
  assert.deepEqual(rates.total, { open: 1, rate: null });
  rates.add(look(102, 60, 4));
  for (const name of [["web:80/tcp"], ["web:80/tcp", "/web"], ["web:80/tcp", "/web", "10.0.0.1:80"]]) {
    assert.equal(rates.at(...name).rate, 5);
    assert.equal(rates.at(...name).bytes, 50);
  }
  assert.deepEqual(rates.total, { open: 4, rate: 5 });
  assert.equal(rates.at("other"), undefined);
});

test("a counter that began anew is no negative rate", () => {
  const rates = new Rates();
  rates.add(look(100, 50));
  rates.add(look(1, 3));
  assert.equal(rates.at("web:80/tcp").rate, null);
  rates.add(look(2, 5));
  assert.equal(rates.at("web:80/tcp").rate, 2);
});

test("curves are bounded, and end at the right edge", () => {
  const rates = new Rates();
  for (let i = 0; i < 100; i += 1) rates.add(look(i, i * i));
  assert.equal(rates.curve("web:80/tcp").length, 60);
  const points = pointsOf(rates.curve(), 120, 24).split(" ");
  assert.equal(points.length, 60);
  assert.equal(points.at(-1), "120.0,1.0");
  assert.equal(pointsOf([], 120, 24), "");
});

test("numbers and ages are short", () => {
  assert.deepEqual([0, 1234, 1234567].map(format.number), ["0", "1\u202f234", "1.2M"]);
  assert.deepEqual([null, 0, 1.25, 320].map(format.rate), ["–", "0/s", "1.3/s", "320/s"]);
  assert.deepEqual([null, 5, 1500, 2e7].map(format.bytes), ["–", "5 B/s", "1.5 kB/s", "20 MB/s"]);
  assert.deepEqual([null, 3.9, 200, 7300, 2e5].map(format.age), ["never", "3 s ago", "3 min ago", "2 h ago", "2 d ago"]);
});

test("whatever a name holds, a shell takes it for text", () => {
  assert.equal(shellWord("_web._tcp.marathon.mesos"), "_web._tcp.marathon.mesos");
  assert.equal(shellWord("$(reboot)"), "'$(reboot)'");
  assert.equal(shellWord("it's; `x`"), "'it'\\''s; `x`'");
  assert.equal(shellWord(""), "''");
  const server = { address: "127.0.0.1", port: 5300 };
  assert.equal(digLine(server, { name: "web.mesos.", type: "SRV" }), "dig @127.0.0.1 -p 5300 SRV web.mesos");
  assert.equal(digLine({ ...server, port: 53 }, { name: "-x", type: "A" }), "dig @127.0.0.1 A -q -x");
  assert.equal(digLine(server, { name: "+a b", type: "A" }), "dig @127.0.0.1 -p 5300 A -q '+a b'");
  assert.equal(curlLine({ address: "11.0.0.1", port: 80 }), "curl http://11.0.0.1:80/");
  assert.equal(curlLine({ address: "fd01::1", port: 80 }), "curl 'http://[fd01::1]:80/'");
});
