// Ten thousand tasks: few rows are in the document, and the search finds the one.
import assert from "node:assert/strict";
import { rows, sees, until, visit } from "./browser.mjs";

const MOST_ROWS = 60;

async function hasFewRows(page) {
  assert.ok(await rows(page).count() < MOST_ROWS, `${await rows(page).count()} rows`);
}

async function scroll(page) {
  await rows(page, "/app-0000").waitFor();
  await hasFewRows(page);
  await page.locator("#view .list").focus();
  await page.keyboard.press("End");
  const last = rows(page, "/crowd");
  await last.waitFor();
  await hasFewRows(page);
  assert.deepEqual([await last.getAttribute("aria-posinset"), await last.getAttribute("aria-setsize")], ["1001", "1001"]);
  await page.keyboard.press("Home");
  await rows(page, "/app-0000").waitFor();
}

/** By the address of one task of one app. */
async function find(page) {
  await page.keyboard.press("/");
  await page.keyboard.type("10.2.119.7:");
  await sees(page, "#found", "1 found");
  assert.equal(await rows(page).count(), 1);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await sees(page, "#detail .summary", "1 of 8 match the search");
  await sees(page, "#detail .endpoints .row", "10.2.119.7:31000");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
}

/** Of an app with two thousand tasks as well. */
async function openTheLargest(page) {
  await page.locator("#search").fill("/crowd");
  await rows(page, "2 000 passing").or(rows(page, "2\u202f000 passing")).click();
  const endpoints = page.locator("#detail .endpoints .row");
  await endpoints.first().waitFor();
  assert.ok(await endpoints.count() < MOST_ROWS);
  await page.locator("#detail .endpoints").focus();
  await page.keyboard.press("End");
  await until(async () => (await endpoints.last().getAttribute("aria-posinset")) === "2000", "the last of two thousand");
  assert.ok(await endpoints.count() < MOST_ROWS);
}

await visit(async (page) => {
  await sees(page, ".tile", /Tasks10.000/);
  await scroll(page);
  await find(page);
  await openTheLargest(page);
});
