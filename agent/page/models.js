import { ask, byId, draw, el, size } from "./dom.js";

const chosen = new Set();
const agreed = new Set();
/** Titles of the lists that are open: they are drawn anew while something is fetched. */
const unfolded = new Set();
let latest = null;
let tell = () => {};

export function whenModelsChange(say) {
  tell = say;
}

export async function drawModels() {
  latest = await ask("GET", "models");
  redraw();
}

function redraw() {
  const body = byId("models-body");
  draw(body, [latest, [...chosen], [...agreed]], () => {
    const { files, folder, allowed, downloads } = latest;
    if (files === null) return [el("p", { class: "hint" }, "The machine is being looked at …")];
    const missing = files.filter(({ here }) => here !== true);
    const useful = missing.filter(({ opens }) => opens.length > 0);
    const here = files.filter((file) => file.here === true);
    const under = downloads && !downloads.over ? downloads : null;
    return [
      el("p", { class: "hint" }, summary(files, useful, here)),
      !folder
        ? el(
          "p",
          { class: "note" },
          "Where ComfyUI's models lie is not known: start the agent with --models FOLDER to fetch some from here.",
        )
        : null,
      !allowed
        ? el(
          "p",
          { class: "note" },
          "The rules allow no downloads. Tick “May fetch models” under Rules first.",
        )
        : null,
      under ? progressOf(under) : null,
      ...failures(downloads),
      bundles(useful.filter(({ key }) => !latest.wanted.includes(key)), allowed && folder),
      list("Missing, and of use to this machine", useful, allowed && folder),
      chooser(missing),
      list("Here", here, false),
      list(
        "Missing, and beyond what this machine can hold",
        missing.filter(({ opens }) => opens.length === 0),
        false,
      ),
    ].filter(Boolean);
  });
}

function summary(files, useful, here) {
  if (files.every((file) => file.here === null)) {
    return "No ComfyUI answers, so nobody tells which files are here.";
  }
  return `${here.length} of ${files.length} files are here.${
    useful.length > 0 ? ` ${useful.length} more (${weight(useful)}) would let this machine make more.` : ""
  }`;
}

/** What would be opened by which files together: nobody thinks in single files. */
function bundles(useful, choosable) {
  const by = new Map();
  for (const file of useful) {
    for (const capability of file.opens) by.set(capability, [...by.get(capability) ?? [], file]);
  }
  if (by.size === 0) return null;
  const rows = [...by].sort(([, a], [, b]) => sum(a) - sum(b)).map(([capability, files]) => {
    const all = files.every(({ key }) => chosen.has(key));
    const choose = () => {
      for (const { key } of files) all ? chosen.delete(key) : chosen.add(key);
      redraw();
      byId(`bundle-${capability}`)?.focus();
    };
    const button = el("button", {
      type: "button",
      id: `bundle-${capability}`,
      "aria-pressed": String(all),
      onclick: choose,
    }, all ? "Chosen" : "Choose");
    return el(
      "li",
      {},
      el(
        "span",
        {},
        el("b", {}, capability),
        ` ${files.length === 1 ? "one file" : `${files.length} files`}, ${weight(files)}`,
      ),
      choosable ? button : null,
    );
  });
  return el("div", {}, el("h3", {}, "What it could make besides"), el("ul", { class: "plain rows" }, rows));
}

function sum(files) {
  return files.reduce((bytes, file) => bytes + (file.size ?? file.size_about?.bytes ?? 0), 0);
}

/** How much files are together, and that it is an estimate where one of them has no stated size. */
function weight(files) {
  const about = files.some((file) => file.size === undefined && file.size_about);
  return `${about ? "about " : ""}${size(sum(files))}`;
}

function list(title, files, choosable) {
  if (files.length === 0) return null;
  const rows = el("ul", { class: "plain" }, files.map((file) => row(file, choosable)));
  if (choosable || title === "Here" && files.length < 6) return el("div", {}, el("h3", {}, title), rows);
  const toggle = ({ currentTarget }) => currentTarget.open ? unfolded.add(title) : unfolded.delete(title);
  return el(
    "details",
    { open: unfolded.has(title), ontoggle: toggle },
    el("summary", {}, `${title} (${files.length})`),
    rows,
  );
}

function row(file, choosable) {
  const under = latest.downloads?.files.find(({ key }) => key === file.key);
  const busy = latest.wanted.includes(file.key) && under && !latest.downloads.over;
  const toggle = ({ currentTarget }) => {
    if (currentTarget.checked) chosen.add(file.key);
    else chosen.delete(file.key);
    redraw();
    byId(`choose-${file.key}`)?.focus();
  };
  const box = choosable && !busy
    ? el("input", {
      type: "checkbox",
      id: `choose-${file.key}`,
      checked: chosen.has(file.key),
      onchange: toggle,
      "aria-label": `Fetch ${file.file}`,
    })
    : el("span", {});
  const tags = [
    file.commercial ? null : el("span", { class: "tag wait" }, "not for sale"),
    file.gated ? el("span", { class: "tag wait" }, "needs a token") : null,
    busy ? el("span", { class: "tag good" }, under.stage) : null,
  ];
  const opens = file.opens.length > 0
    ? `Opens ${file.opens.join(", ")}`
    : `For ${file.usedBy.slice(0, 4).join(", ")}${file.usedBy.length > 4 ? " …" : ""}`;
  const digest = file.here === true ? latest.digests[file.key] : null;
  return el(
    "li",
    { class: "model" },
    box,
    el("div", { class: "file" }, file.file, " ", tags),
    el(
      "div",
      { class: "soft", ...(file.size ? {} : { title: file.size_about?.from ?? "" }) },
      sum([file]) > 0 ? weight([file]) : "size not told",
    ),
    el(
      "div",
      { class: "soft below" },
      `models/${file.folder} · ${file.licence} · from ${new URL(file.url).host}. ${opens}${
        digest ? `. ${digest}` : ""
      }`,
    ),
  );
}

/** What is ticked, the licences to be agreed to by name, and the button. */
function chooser(missing) {
  const files = missing.filter(({ key }) => chosen.has(key));
  if (files.length === 0) return null;
  const known = latest.licences.map((licence) => licence.toLowerCase());
  const licences = [...new Set(files.map(({ licence }) => licence))].filter((licence) =>
    !known.includes(licence.toLowerCase())
  );
  const ready = licences.every((licence) => agreed.has(licence));
  const get = async ({ currentTarget }) => {
    currentTarget.disabled = true;
    try {
      await ask("PUT", "download", { keys: files.map(({ key }) => key), licences });
      chosen.clear();
      agreed.clear();
    } catch (error) {
      tell(error);
    }
    await drawModels().catch(tell);
  };
  const agree = (licence) => ({ currentTarget }) => {
    if (currentTarget.checked) agreed.add(licence);
    else agreed.delete(licence);
    redraw();
    byId(`agree-${licence}`)?.focus();
  };
  return el(
    "fieldset",
    {},
    el(
      "legend",
      {},
      `Fetch ${files.length === 1 ? "this file" : `these ${files.length} files`} (${weight(files)})`,
    ),
    el(
      "div",
      {},
      licences.map((licence) =>
        el(
          "div",
          {},
          el(
            "label",
            {},
            el("input", {
              type: "checkbox",
              id: `agree-${licence}`,
              checked: agreed.has(licence),
              onchange: agree(licence),
            }),
            `I agree to the licence ${licence}`,
          ),
        )
      ),
    ),
    el(
      "div",
      { class: "buttons" },
      el("button", { type: "button", class: "main", disabled: !ready, onclick: get }, "Fetch"),
    ),
  );
}

function progressOf({ files, waits }) {
  const at = files.find(({ stage }) => stage === "fetching" || stage === "checking") ??
    files.find(({ stage }) => stage === "waiting");
  if (!at) return null;
  const share = at.total ? at.done / at.total : 0;
  const words = at.stage === "checking"
    ? "is being checked"
    : `${Math.floor(share * 100)} % of ${at.total ? size(at.total) : "what it is"}`;
  const stop = async ({ currentTarget }) => {
    currentTarget.disabled = true;
    await ask("DELETE", "download").catch(tell);
  };
  const left = files.filter(({ stage }) => stage === "waiting").length;
  return el(
    "div",
    { class: "job" },
    el(
      "div",
      { class: "title" },
      at.key,
      left > 0 ? el("span", { class: "soft" }, `, ${left} more after it`) : null,
    ),
    el("progress", { max: 1, value: share, "aria-label": `Download of ${at.key}` }),
    el(
      "div",
      { class: "soft" },
      waits ? `Waits: ${waits}` : `${words}${at.sentence ? ` (${at.sentence})` : ""}`,
    ),
    latest.wanted.length > 0
      ? el(
        "div",
        { class: "buttons" },
        el("button", { type: "button", onclick: stop }, "Stop; go on later from here"),
      )
      : null,
  );
}

function failures(downloads) {
  return (downloads?.files ?? []).filter(({ stage }) => stage === "failed").map(({ key, sentence }) =>
    el("p", { class: "note bad" }, `${key} could not be fetched: ${sentence}.`)
  );
}
