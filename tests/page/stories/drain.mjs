// An endpoint is drained with the token, by the keyboard, and gets clients again.
import assert from "node:assert/strict";
import { app, marathon, place, rows, sees, until, visit } from "./browser.mjs";

async function drains() {
  return (await (await fetch(`${place.admin}/v1/drains`)).json()).drains;
}

function button(page, name) {
  return page.locator("#detail .endpoint").getByRole("button", { name });
}

async function openEndpoint(page) {
  await marathon("POST", "/v2/apps", app("/shop", "/shop:8000", 2));
  await rows(page, "2 passing").click();
  await until(async () => (await page.locator("#detail .endpoints .row").count()) === 2, "two endpoints");
  await page.locator("#detail .endpoints").focus();
  await page.keyboard.press("Enter");
  await button(page, /^Drain task/).waitFor();
}

async function drain(page) {
  await page.keyboard.press("Tab");  // To the first of what was opened: its way back,
  await page.keyboard.press("Tab");  // and to the button.
  await page.keyboard.press("Enter");
  await sees(page, ".message.failing", "Authorization: Bearer");
  await page.locator("#token-text").fill(place.token);
  await page.keyboard.press("Enter");
  await sees(page, "#token", "✓");
  await button(page, /^Drain task/).press("Enter");
  await button(page, /^Stop draining task/).waitFor();
  await sees(page, "#detail .endpoint .badge", "draining");
  await sees(page, "#detail .endpoint dd", "the operator drains it");
  await rows(page, "1 of 2 passing").waitFor();
  assert.equal((await drains()).length, 1);
}

/** Seen from the virtual IP it is the same one: what ends is the drain that there is, of the task. */
async function endAtTheVip(page) {
  await page.keyboard.press("2");
  await rows(page, "1 draining").click();
  await page.locator("#detail .backends .row", { hasText: "draining" }).click();
  await sees(page, "#detail .endpoint dd", "the operator drains it");
  await button(page, /^Stop draining task/).press("Enter");
  await button(page, /^Drain endpoint/).waitFor();
  await until(() => page.locator("#detail .endpoint .buttons button:focus").count(), "the keyboard stays where it was");
  await sees(page, "#detail .endpoint dd", "gets new clients");
  await rows(page, "2 passing").waitFor();
  assert.deepEqual(await drains(), []);
}

await visit(async (page) => {
  await openEndpoint(page);
  await drain(page);
  await endAtTheVip(page);
});
