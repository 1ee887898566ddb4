// Elements, made one by one: what the server told only ever becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** el("button", {type: "button", onclick: f}, "Text", child). */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Puts text there only if it is another, so that what is selected or read aloud is left alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A state as sign and word; the colour only repeats it. */
export function badge(status, text = status) {
  return el("span", { class: `badge ${status}` }, el("span", { class: "sign", "aria-hidden": "true" }), text);
}

/** How many of each status, as a bar; its text says it for those who do not see it. */
export function bar(parts) {
  const total = parts.reduce((sum, { size }) => sum + size, 0) || 1;
  const text = parts.filter(({ size }) => size).map(({ size, name }) => `${size} ${name}`).join(", ");
  let x = 0;
  const rects = parts.filter(({ size }) => size).map(({ size, kind }) => {
    const rect = svg("rect", { x: (x / total) * 100, width: (size / total) * 100, height: 6, class: `fill-${kind}` });
    x += size;
    return rect;
  });
  return svg("svg", { class: "bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", role: "img", "aria-label": text }, rects);
}

/** `button` copies the text of `line`; without the clipboard (plain HTTP) the line is selected and copied. */
async function copy(line, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(line.textContent);
  } catch {
    getSelection().selectAllChildren(line);
    document.execCommand("copy");
  }
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1500);
}

/** A command line with its button. */
export function commandLine(text) {
  const line = el("code", {}, text);
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy: ${text}`, onclick: () => copy(line, button) }, "Copy");
  return el("div", { class: "command" }, line, button);
}
