// What changes something: the token, the calls, and how their ends are told.
import { change, keepToken, token } from "./api.mjs";
import { el } from "./dom.mjs";

const SHOWN = 8000;  // Milliseconds that a message stays.

const byId = (id) => document.getElementById(id);

export function say(text, kind = "passing") {
  const message = el("p", { class: `message ${kind}` }, text);
  byId("messages").append(message);
  setTimeout(() => message.remove(), SHOWN);
}

function showToken() {
  byId("token").textContent = token() ? "Token ✓" : "Token";
}

function onTokenClosed(dialog, field) {
  if (dialog.returnValue === "keep") keepToken(field.value.trim());
  if (dialog.returnValue === "forget") keepToken("");
  field.value = "";
  showToken();
}

export function askForToken() {
  byId("token-dialog").returnValue = "cancel";
  byId("token-dialog").showModal();
}

export function setUpToken() {
  const [dialog, field] = [byId("token-dialog"), byId("token-text")];
  byId("token").addEventListener("click", askForToken);
  dialog.addEventListener("close", () => onTokenClosed(dialog, field));
  field.addEventListener("keydown", (event) => {  // Enter would press the first button.
    if (event.key !== "Enter") return;
    event.preventDefault();
    dialog.close("keep");
  });
  showToken();
}

/** Does it and tells the end; the one that failed for want of the right token asks for it. */
export async function act(words, method, path, body, then = () => {}) {
  try {
    await change(method, path, body);
    say(`${words}: done`);
  } catch (error) {
    say(`${words}: ${error.message}`, "failing");
    if (error.status === 401) askForToken();
  }
  then();
}

/** A button that does one call. */
export function actionButton(label, words, method, path, body, then, kind = "") {
  const press = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    await act(words, method, path, body, then);
    button.disabled = false;
  };
  return el("button", { type: "button", class: kind, "aria-label": words, onclick: press }, label);
}
