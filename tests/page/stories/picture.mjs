// Pictures: the one of the README, or, where the target is a folder, every view to look at.
import { marathon, place, rows, sees, until, visit } from "./browser.mjs";

const SAMPLES = 40;  // Of the curves.

async function hasCurves(page) {
  await until(async () => ((await page.locator(".tile .curve polyline").getAttribute("points")) ?? "").split(" ").length >= SAMPLES, "curves");
}

async function openService(page) {
  await rows(page, "/shop/web").click();
  await sees(page, "#detail .names code", "_web-shop._tcp");
}

async function takeOne(page) {
  await marathon("PUT", "/v2/apps//accounts/mail", { instances: 2 });
  await hasCurves(page);
  await openService(page);
  await page.mouse.move(4, 4);
  await page.screenshot({ path: place.target });
}

async function takeAll(page, name) {
  const shoot = (view) => page.screenshot({ path: `${place.target}${name}-${view}.png` });
  await rows(page, "/shop/web").waitFor();
  await shoot("services");
  await openService(page);
  await shoot("service");
  await page.goto(`${place.admin}/#/vips`);
  await rows(page, "cart").waitFor();
  await shoot("vips");
  await rows(page, "cart").click();
  await sees(page, "#detail button", "Start rollout");
  await shoot("vip");
  await page.goto(`${place.admin}/#/rollouts`);
  await sees(page, ".card", "cart");
  await shoot("rollouts");
  await page.goto(`${place.admin}/#/sources`);
  await shoot("sources");
  await marathon("PUT", "/v2/apps//accounts/mail", { instances: 1 + Math.ceil(Math.random() * 4) });
  await page.goto(`${place.admin}/#/events`);
  await rows(page).first().waitFor();
  await shoot("events");
}

if (place.target.endsWith("/")) {
  for (const colorScheme of ["light", "dark"]) {
    await visit((page) => takeAll(page, colorScheme), { colorScheme });
  }
  await visit((page) => takeAll(page, "narrow"), { viewport: { width: 390, height: 800 } });
} else {
  await visit(takeOne, { viewport: { width: 1360, height: 820 } });
}
