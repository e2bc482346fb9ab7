/** The key stands behind the # of the address, and is taken out of sight at once. */
const [, given] = /^#([A-Za-z0-9_-]{20,})$/.exec(location.hash) ?? [];
if (given) {
  sessionStorage.setItem("key", given);
  history.replaceState(null, "", location.pathname);
}
const key = given ?? sessionStorage.getItem("key") ?? "";

/** Throws an Error whose message is the sentence of the answer. */
export async function ask(method, path, body) {
  const response = await fetch(`/api/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw new Error(
      "The agent does not answer: it was stopped, or started anew. Its page is at the address that it prints (agent page).",
    );
  });
  if (response.ok) {
    if (response.status === 204) return null;
    return response.headers.get("content-type")?.startsWith("image/")
      ? await response.blob()
      : await response.json();
  }
  const { detail } = await response.json().catch(() => ({}));
  throw new Error(detail ?? `The agent answers ${response.status}.`);
}

/** An element: attributes by name, `on…` as listeners, properties (checked, value, disabled) as such; children are nodes or texts. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (["checked", "value", "disabled", "hidden", "max"].includes(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** Draws only what is another than before: a list that is drawn anew each second loses focus and scrolling. */
const drawn = new WeakMap();
export function draw(at, news, make) {
  const text = JSON.stringify(news);
  if (drawn.get(at) === text) return;
  drawn.set(at, text);
  at.replaceChildren(...make());
}

export function byId(id) {
  return document.getElementById(id);
}

export function size(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.ceil(bytes / 1e3)} kB`;
}

/** "4:05", "1:02:09" */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
