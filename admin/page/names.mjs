// Lines to paste into a shell. Names come from labels that anybody may write, so each is quoted. Pure.

/** A word of a shell's command line that means the text itself, whatever it holds. */
export function shellWord(text) {
  return /^[A-Za-z0-9_.\/:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** dig takes words with a sign before them for options; -q says that a name follows. */
function nameWords(name) {
  return /^[A-Za-z0-9_]/.test(name) ? shellWord(name) : `-q ${shellWord(name)}`;
}

/** `server`: {address, port} of the DNS server. */
export function digLine(server, { name, type }) {
  const at = `@${shellWord(server.address)}`;
  const port = server.port === 53 ? "" : ` -p ${Number(server.port)}`;
  return `dig ${at}${port} ${shellWord(type)} ${nameWords(name.replace(/\.$/, ""))}`;
}

/** An IPv6 address in brackets, which the shell would take for a pattern. */
export function curlLine({ address, port }) {
  const host = address.includes(":") ? `[${address}]` : address;
  return `curl ${shellWord(`http://${host}:${Number(port)}/`)}`;
}
