// Why an endpoint gets no clients, a name is answered so, and a virtual IP is as it is: asked when it is opened, by the keyboard.
import assert from "node:assert/strict";
import { marathon, rows, sees, until, visit } from "./browser.mjs";

/** What it asked /v1/explain for. */
function watch(page) {
  const asked = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname.endsWith("/v1/explain")) asked.push(Object.fromEntries(url.searchParams));
  });
  return asked;
}

async function openService(page) {
  await marathon("POST", "/v2/apps", { id: "/silent", cmd: "exec sleep 1000000", instances: 1,
    portDefinitions: [{ port: 0, labels: { VIP_0: "/silent:9000" } }] });
  await rows(page, "/silent").click();
  await sees(page, "#detail .endpoints .row", "failing");
}

async function askOfTheEndpoint(page) {
  const list = page.locator("#detail .endpoints");
  await list.focus();
  await page.keyboard.press("Enter");
  await sees(page, "#detail .endpoint dd", "our check fails: ");
  await sees(page, "#detail .endpoint dd", "first failed");
  await page.keyboard.press("Escape");
  await page.locator("#detail .endpoint").waitFor({ state: "hidden" });
  await until(() => page.locator("#detail .endpoints:focus").count(), "the list has the focus again");
  assert.equal(await page.locator("#detail").isVisible(), true);
}

async function askOfTheName(page) {
  const line = page.locator("#detail .name-line", { hasText: "silent.marathon.mesos" }).first();
  await line.locator("summary").focus();
  await page.keyboard.press("Enter");
  await line.locator("dd", { hasText: "mesos-dns below" }).waitFor();
  await line.locator("td", { hasText: "answered as no other passes" }).first().waitFor();
}

async function askOfTheVip(page) {
  await page.keyboard.press("2");
  await rows(page, "silent.marathon").click();
  await sees(page, "#detail h2", "silent.marathon:9000/tcp");
  await page.locator("#detail .why summary").focus();
  await page.keyboard.press("Enter");
  await sees(page, "#detail .why dd", "no backend passes");
  await sees(page, "#detail .why dd", "VIP_0=/silent:9000 of /silent");
  await sees(page, "#detail .why td", "our check fails: ");
}

await visit(async (page) => {
  const asked = watch(page);
  await openService(page);
  await sees(page, "#detail .names code", "silent.marathon.mesos");
  assert.deepEqual(asked, []);
  await askOfTheEndpoint(page);
  await askOfTheName(page);
  await askOfTheVip(page);
  assert.deepEqual(asked.map((query) => Object.keys(query).join()).filter((keys, i, all) => keys !== all[i - 1]), ["service", "name,type", "vip"]);
}, { colorScheme: "dark" });
