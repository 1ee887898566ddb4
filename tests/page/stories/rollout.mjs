// What changes something needs the token: weights, and a rollout that is started, paused and aborted.
import { app, marathon, place, rows, sees, visit } from "./browser.mjs";

async function openVip(page) {
  await marathon("POST", "/v2/apps", app("/blue", "/shop:8000", 2));
  await marathon("POST", "/v2/apps", app("/green", "/shop:8000", 2));
  await page.keyboard.press("2");
  await rows(page, "4 passing").click();
  await sees(page, "#detail h2", "shop.marathon:8000/tcp");
}

async function beRefused(page) {
  await page.getByRole("button", { name: "Start rollout" }).click();
  await sees(page, ".message.failing", "Authorization: Bearer");
  await page.locator("#token-text").fill("not the token");
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByRole("button", { name: "Start rollout" }).click();
  await page.locator("#token-dialog[open]").waitFor();
  await page.locator("#token-text").fill(place.token);
  await page.keyboard.press("Enter");
  await sees(page, "#token", "✓");
}

async function weigh(page) {
  await page.getByLabel("Weight of /blue").fill("80");
  await page.getByLabel("Weight of /green").fill("20");
  await page.getByRole("button", { name: "Set weights" }).click();
  await sees(page, "#detail tbody tr", /\/green\s*20 %\s*20 by operator/);
}

async function rollOut(page) {
  await page.getByLabel("Roll out to").selectOption("/green");
  await page.getByLabel("Steps in %").fill("10 50");
  await page.getByLabel("Pause", { exact: true }).fill("1h");
  await page.getByRole("button", { name: "Start rollout" }).click();
  await sees(page, "#detail tbody tr", /\/green\s*10 %/);
  await page.keyboard.press("Escape");
  await page.locator("#detail").waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "Rollouts" }).click();
  await sees(page, ".card .badge", "running");
  await page.getByRole("button", { name: /^Pause/ }).click();
  await sees(page, ".card .badge", "paused");
  await page.getByRole("button", { name: /^Resume/ }).click();
  await sees(page, ".card .badge", "running");
  await page.getByRole("button", { name: /^Abort/ }).click();
  await sees(page, ".card .badge", "aborted");
  await sees(page, ".card", "0 % of new connections");
}

await visit(async (page) => {
  await openVip(page);
  await beRefused(page);
  await weigh(page);
  await rollOut(page);
});
