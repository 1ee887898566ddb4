// Before anything is drawn: the theme that was chosen last. A script of its own, as none may be inline.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("signpost-theme");
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
