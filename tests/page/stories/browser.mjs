// A headless browser at the status page. Whatever the page complains about, and whatever its content
// security policy had to forbid, fails the story.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const PATIENCE = 120_000;  // Milliseconds; the machine may be busy.

/** What pytest said: where the system is. */
export const place = JSON.parse(process.argv[2] ?? "{}");

function listen(page) {
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("console", (message) => {
    // An answer that is no success is written there by the browser itself; those of the page's files count below.
    const isAnswer = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isAnswer) complaints.push(`console: ${message.text()}`);
  });
  page.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    if (response.status() >= 400 && !path.startsWith("/v1/")) complaints.push(`${response.status()} ${path}`);
  });
  return complaints;
}

/** Runs `story` with a page that has been opened. Options are those of a browser's context; allowed: complaints to be. */
export async function visit(story, { allowed, ...options } = {}) {
  const args = ["--no-proxy-server", ...(process.getuid() === 0 ? ["--no-sandbox"] : [])];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args, timeout: PATIENCE });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const complaints = listen(page);
    await page.goto(place.admin);
    await story(page).catch((error) => assert.fail(`${error.stack}\nThe page complains: ${complaints.join("; ") || "of nothing"}`));
    assert.deepEqual(complaints.filter((complaint) => !allowed?.test(complaint)), []);
  } finally {
    await browser.close();
  }
}

/** The rows of the list, or those that hold a text. */
export function rows(page, text) {
  return page.locator("#view .row", text === undefined ? {} : { hasText: text });
}

export async function sees(page, selector, text) {
  await page.locator(selector, { hasText: text }).first().waitFor();
}

/** Waits until condition() resolves to something true. */
export async function until(condition, what) {
  const limit = Date.now() + PATIENCE;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < limit, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Posts or changes an app in the embedded Marathon. */
export async function marathon(method, path, body) {
  const answer = await fetch(`${place.marathon}${path}`, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`);
}

/** An app of the workshop behind a VIP. */
export function app(id, label, instances, version = "1.0") {
  return { id, instances, cpus: 0.1, mem: 32, env: { SIMPLE_SERVICE_VERSION: version },
    container: { type: "DOCKER", docker: { image: "mhausenblas/simpleservice:0.3.0", network: "HOST" } },
    portDefinitions: [{ port: 0, labels: { VIP_0: label } }] };
}
