// Calls to the API, below the same address as the page, so that it may lie behind any prefix of a proxy.

const KEY = "signpost-token";

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function read(response) {
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  let message = text.trim();
  try {
    message = JSON.parse(text).error ?? message;
  } catch {
    // Not every refusal is JSON.
  }
  throw new Refused(response.status, message);
}

/** The JSON of a page; throws Refused, or TypeError when nobody answers. */
export async function get(path) {
  return read(await fetch(path, { headers: { Accept: "application/json" }, cache: "no-store" }));
}

/** A call that changes something, with the token. Errors as those of get(). */
export async function change(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  if (token()) headers.Authorization = `Bearer ${token()}`;
  return read(await fetch(path, { method, headers, body: JSON.stringify(body) }));
}

export function token() {
  return sessionStorage.getItem(KEY) ?? "";
}

/** For as long as this tab is open; an empty one is forgotten. */
export function keepToken(text) {
  if (text) sessionStorage.setItem(KEY, text); else sessionStorage.removeItem(KEY);
}
