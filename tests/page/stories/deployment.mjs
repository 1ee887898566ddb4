// A deployment is watched as it goes through: an app comes, is scaled, is upgraded. All by the keyboard.
import assert from "node:assert/strict";
import { app, marathon, rows, sees, until, visit } from "./browser.mjs";

async function isFocused(page, selector) {
  return page.locator(`${selector}:focus`).count();
}

async function look(page) {
  await sees(page, ".empty", "No service is known yet");
  await marathon("POST", "/v2/apps", app("/shop", "/shop:8000", 2));
  await rows(page, "/shop").filter({ hasText: "2 passing" }).waitFor();
  await marathon("PUT", "/v2/apps//shop", { instances: 3 });
  await rows(page, "/shop").filter({ hasText: "3 passing" }).waitFor();
  await sees(page, ".tile", "Tasks3");
}

async function openByKeys(page) {
  await page.keyboard.press("/");
  await until(() => isFocused(page, "#search"), "the search has the focus");
  await page.keyboard.type("shop");
  await sees(page, "#found", "1 found");
  await page.keyboard.press("Enter");
  await until(() => isFocused(page, "#view .list"), "the list has the focus");
  await page.keyboard.press("Enter");
  await sees(page, "#detail h2", "/shop");
  await until(async () => (await endpoints(page).count()) === 3, "three endpoints");
}

function endpoints(page) {
  return page.locator("#detail .endpoints .row");
}

async function versions(page) {
  const texts = await endpoints(page).allInnerTexts();
  return new Set(texts.map((text) => /version (\S+),/.exec(text)[1]));
}

async function upgrade(page) {
  const before = await versions(page);  // Two: scaling makes one as well.
  await marathon("PUT", "/v2/apps//shop", app("/shop", "/shop:8000", 3, "2.0"));
  await until(async () => {
    const now = await versions(page);
    return now.size === 1 && ![...now].some((version) => before.has(version)) && (await endpoints(page).filter({ hasText: "passing" }).count()) === 3;
  }, "all three tasks are of the new version and pass");
}

/** The lines to paste go to pytest, which runs them. */
async function names(page) {
  await sees(page, "#detail .names code", "_shop._tcp.marathon.mesos");
  const button = page.locator("#detail .names .copy").first();
  await button.click();
  await sees(page, "#detail .names .copy", "Copied");
  const lines = [...await page.locator("#detail .names code").allInnerTexts(), ...await page.locator("#detail .pair code").allInnerTexts()];
  console.log(JSON.stringify(lines));
}

async function goBackByKeys(page) {
  await page.keyboard.press("Escape");
  await page.locator("#detail").waitFor({ state: "hidden" });
  await until(() => isFocused(page, "#view .list"), "the list has the focus again");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#search").inputValue(), "");
}

async function readEvents(page) {
  await page.keyboard.press("5");
  for (const text of ["new service", "version", "pass"]) await rows(page, text).first().waitFor();
  await sees(page, "#live", /Live|Every/);
}

async function changeTheme(page) {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const seen = [await background()];
  for (const name of ["Light", "Dark"]) {
    await page.keyboard.press("t");
    await sees(page, "#theme", name);
    seen.push(await background());
  }
  const [system, light, dark] = seen;
  assert.equal(system, dark);  // This browser's system is dark.
  assert.notEqual(light, dark);
  await page.reload();
  await sees(page, "#theme", "Dark");
}

await visit(async (page) => {
  await look(page);
  await openByKeys(page);
  await upgrade(page);
  await names(page);
  await goBackByKeys(page);
  await readEvents(page);
  await changeTheme(page);
}, { colorScheme: "dark" });
