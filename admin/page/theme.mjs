// Light, dark, or as the system has it. theme.js sets what was chosen before the first picture.

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const SIGNS = { auto: "◐ Auto", light: "☀ Light", dark: "☾ Dark" };

function chosen() {
  return document.documentElement.dataset.theme ?? "auto";
}

function show(button) {
  button.textContent = SIGNS[chosen()];
  button.setAttribute("aria-label", `Theme: ${chosen()}; changes to ${NEXT[chosen()]}`);
}

export function nextTheme(button) {
  const next = NEXT[chosen()];
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("signpost-theme", next);
  } catch {
    // Then it lasts as long as the page.
  }
  show(button);
}

export function setUpTheme(button) {
  button.addEventListener("click", () => nextTheme(button));
  show(button);
}
