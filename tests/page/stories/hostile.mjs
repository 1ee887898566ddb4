// An app whose id and version are markup stays text; and had it become markup, the policy forbade it to run.
import assert from "node:assert/strict";
import { place, rows, sees, visit } from "./browser.mjs";

/** The browser refuses the ways in which text becomes a program. */
async function isStrict(page) {
  const done = await page.evaluate(() => {
    const tried = (act) => {
      try {
        act();
        return "allowed";
      } catch (error) {
        return error.name;
      }
    };
    return [tried(() => (document.body.innerHTML = "<b>markup</b>")), tried(() => document.write("<b>markup</b>"))];
  });
  assert.deepEqual(done, ["TypeError", "TypeError"]);
}

await visit(async (page) => {
  await rows(page, place.hostile).click();
  await sees(page, "#detail h2", place.hostile);
  await sees(page, "#detail .endpoints .row", place.hostile_version);
  assert.equal(await page.locator("img[src='x'], main script").count(), 0);
  await page.goto(`${place.admin}/#/services/%E0%A4%A`);  // No text at all, once decoded.
  await rows(page, place.hostile).waitFor();
});

await visit(async (page) => {
  await rows(page, place.hostile).waitFor();
  await isStrict(page);
}, { allowed: /TrustedHTML/ });
