import { ask, byId, clock, draw, el, size } from "./dom.js";
import { drawModels, whenModelsChange } from "./models.js";
import { openRules } from "./rules.js";
import { cardWords, outcomeWords, statusWords } from "./words.js";

const pictures = new Map();

async function look() {
  const state = await ask("GET", "state");
  document.title = state.jobs.length > 0
    ? `${Math.floor(state.jobs[0].progress * 100)} % · ${state.name}`
    : state.name;
  byId("name").textContent = state.name;
  byId("gateway").textContent = `works for ${state.gateway} · agent ${state.version}`;
  drawStatus(state);
  draw(
    byId("troubles"),
    state.troubles,
    () => state.troubles.map((text) => el("li", { class: "note bad" }, text)),
  );
  draw(byId("update"), state.update, () => state.update ? [updateNote(state.update)] : []);
  drawJobs(state.jobs);
  draw(
    byId("cards"),
    [state.cards, state.waits, state.take, state.jobs.map(({ slot }) => slot)],
    () => state.cards.map((card) => cardRow(card, state)),
  );
  draw(byId("said").querySelector("ol"), state.said, () => state.said.map(saidRow));
}

function drawStatus(state) {
  const { wish, take, jobs } = state;
  const status = byId("status");
  const words = statusWords(state);
  // A status that is written anew each second would be read out each second.
  if (status.textContent !== words) status.textContent = words;
  status.dataset.kind = take ? "good" : "wait";
  draw(byId("wishes"), [wish, jobs.length > 0], () =>
    [
      wish === "work" ? null : wishButton("Resume", "work", true),
      wish === "pause" ? null : wishButton("Pause now", "pause", false),
      wish !== "work" || jobs.length === 0
        ? null
        : wishButton("Pause after this job", "pause_after_job", false),
    ].filter(Boolean));
}

function wishButton(text, wish, main) {
  const set = async ({ currentTarget }) => {
    currentTarget.disabled = true;
    await ask("PUT", "wish", { wish }).then(look).catch(say);
    byId("wishes").querySelector("button")?.focus();
  };
  return el("button", { type: "button", class: main ? "main" : "", onclick: set }, text);
}

function updateNote({ sentence, asks }) {
  const take = async ({ currentTarget }) => {
    currentTarget.disabled = true;
    await ask("PUT", "update").then(look).catch(say);
  };
  const text = sentence.replace(/ Take it: agent update$/, "");
  return el(
    "p",
    { class: "note" },
    text,
    asks ? el("button", { type: "button", onclick: take }, "Take it") : null,
  );
}

function drawJobs(jobs) {
  const list = byId("jobs");
  draw(
    list,
    jobs.map(({ job, title, project, slot, picture }) => [job, title, project, slot, picture]),
    () =>
      jobs.map((job) =>
        el(
          "li",
          { class: "job", "data-job": job.job },
          el(
            "div",
            { class: "title" },
            job.title,
            " ",
            el("span", { class: "soft" }, `for ${job.project}, on ${job.slot}`),
          ),
          el("progress", { max: 1, "aria-label": `Progress of ${job.title}` }),
          el("div", { class: "soft stage" }),
          job.picture ? el("img", { alt: `The latest picture of ${job.title}` }) : null,
        )
      ),
  );
  for (const job of jobs) {
    const row = list.querySelector(`[data-job="${CSS.escape(job.job)}"]`);
    row.querySelector("progress").value = job.progress;
    const left = job.seconds_left === undefined ? "" : ` · ${clock(job.seconds_left)} left`;
    row.querySelector(".stage").textContent = `${Math.floor(job.progress * 100)} % · ${job.stage} · for ${
      clock((Date.now() - job.since) / 1000)
    }${left}`;
    if (job.picture) void showPicture(job.job, row.querySelector("img"));
  }
}

async function showPicture(job, image) {
  const blob = await ask("GET", `pictures/${job}`).catch(() => null);
  if (!blob) return;
  const before = pictures.get(job);
  pictures.set(job, image.src = URL.createObjectURL(blob));
  if (before) URL.revokeObjectURL(before);
}

function cardRow(card, state) {
  const { name, vram_mb } = card;
  const memory = vram_mb > 0 ? `, ${(vram_mb / 1024).toFixed(1)} GiB` : "";
  return el(
    "li",
    {},
    el("span", {}, `${name}${memory}`),
    el("span", { class: "soft" }, cardWords(card, state)),
  );
}

function saidRow({ at, sentence }) {
  return el("li", {}, el("time", {}, new Date(at).toTimeString().slice(0, 5)), sentence);
}

async function drawDone() {
  const { latest, months, downloaded_this_month } = await ask("GET", "history");
  draw(byId("done-body"), [latest, months, downloaded_this_month], () => {
    if (latest.length === 0) {
      return [
        el(
          "p",
          { class: "hint" },
          "Nothing was done here yet. What this machine makes is listed here, with whom it was for.",
        ),
      ];
    }
    const sums = Object.entries(months).slice(0, 12).flatMap(([month, projects]) =>
      Object.entries(projects).sort(([, a], [, b]) => b.seconds - a.seconds).map((
        [project, of],
      ) => [month, project, of])
    );
    return [
      el("p", { class: "hint" }, "What was given to each film. Its end titles name this machine."),
      table(
        "Given, by month and film",
        ["Month", "Film", "Done", "Time", "Down", "Up"],
        sums.map(([month, project, of]) => [
          month,
          project,
          String(of.done),
          clock(of.seconds),
          size(of.bytes_down),
          size(of.bytes_up),
        ]),
        2,
      ),
      downloaded_this_month > 0
        ? el("p", { class: "hint" }, `And ${size(downloaded_this_month)} of models fetched this month.`)
        : null,
      table(
        "The latest jobs",
        ["When", "What", "Film", "How it ended", "Time"],
        latest.map((line) => [
          new Date(line.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }),
          line.title,
          line.project,
          outcomeWords(line.outcome),
          clock(line.seconds),
        ]),
        4,
      ),
    ].filter(Boolean);
  });
}

/** Columns from `numbers` on are figures. */
function table(caption, heads, rows, numbers) {
  const as = (tag) => (text, at) =>
    el(tag, { class: at >= numbers ? "number" : "", ...(tag === "th" ? { scope: "col" } : {}) }, text);
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, heads.map(as("th")))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map(as("td"))))),
    ),
  );
}

function say(error) {
  const note = byId("closed");
  note.textContent = error.message;
  note.hidden = false;
}

function well() {
  byId("closed").hidden = true;
}

async function every(ms, work) {
  for (;;) {
    await work().then(ms === 1_000 ? well : () => {}, say);
    await new Promise((resolve) => setTimeout(resolve, document.hidden ? ms * 5 : ms));
  }
}

void every(1_000, look);
void every(5_000, drawDone);
void every(2_000, drawModels);
whenModelsChange(say);
void openRules().catch(say);
