import { ask, byId, el } from "./dom.js";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
let mark = "";

/** The form of policy.json. It is filled once, and anew after each saving: what somebody is typing is never replaced. */
export async function openRules() {
  fill(await ask("GET", "policy"), "");
}

function fill(draft, said) {
  mark = draft.mark;
  const form = byId("rules-form");
  if (!draft.policy) {
    const sentence =
      `policy.json cannot be understood, so this machine takes no job: ${draft.fault}. Mend it in the file, then load this page anew.`;
    form.replaceChildren(el("p", { class: "note bad" }, sentence));
    return;
  }
  const parts = sections(draft.policy);
  const answer = el("span", { role: "status" }, said);
  const save = el("button", { type: "submit", class: "main" }, "Save");
  form.replaceChildren(...parts.map(({ node }) => node), el("div", { class: "save" }, save, answer));
  form.onsubmit = async (event) => {
    event.preventDefault();
    save.disabled = true;
    answer.textContent = "";
    try {
      const fields = Object.assign({}, ...parts.map(({ read }) => read()));
      fill(
        await ask("PUT", "policy", { mark, fields: changed(draft.policy, fields) }),
        "Saved; it counts from now on.",
      );
      byId("rules-form").querySelector(".save button").focus();
    } catch (error) {
      answer.textContent = error.message;
    }
    save.disabled = false;
  };
}

/** What is as it was stays out of the file as it was. */
function changed(before, fields) {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );
}

function sections(policy) {
  return [
    hours(policy),
    idle(policy),
    games(policy),
    limits(policy),
    models(policy),
    whom(policy),
    rest(policy),
  ];
}

function hours({ hours, time_zone }) {
  const rows = el("div", { class: "ranges" });
  const zone = el("input", { value: time_zone ?? "", placeholder: "this machine's", size: 18 });
  const add = (range) => rows.append(hourRow(range));
  hours.forEach(add);
  const more = el("button", {
    type: "button",
    onclick: () => add({ days: DAYS, from: "22:00", to: "07:00" }),
  }, "Add hours");
  return {
    node: el(
      "fieldset",
      {},
      el("legend", {}, "Hours"),
      el("p", { class: "hint" }, "Without any it works always. A job that runs when they end is finished."),
      rows,
      el("div", { class: "line" }, more, el("label", {}, "Time zone", zone)),
    ),
    read: () => ({
      hours: [...rows.children].map((row) => row.read()),
      time_zone: zone.value.trim() || null,
    }),
  };
}

function hourRow({ days, from, to }) {
  const boxes = DAYS.map((day) => [day, el("input", { type: "checkbox", checked: days.includes(day) })]);
  const [begin, end] = [from, to].map((value) =>
    el("input", { value, size: 5, pattern: "[0-2][0-9]:[0-5][0-9]", inputmode: "numeric" })
  );
  const row = el(
    "div",
    { class: "line", role: "group", "aria-label": "Hours" },
    el("span", { class: "line days" }, boxes.map(([day, box]) => el("label", {}, box, day))),
    // Together: a range that breaks between its ends reads like two.
    el(
      "span",
      { class: "line" },
      el("label", {}, "from", begin),
      el("label", {}, "to", end),
      el("button", { type: "button", onclick: () => row.remove() }, "Remove"),
    ),
  );
  // In the file's own order, so that what was not touched stays as it is.
  row.read = () => ({
    days: [...days.filter((day) => ticked(day)), ...DAYS.filter((day) => ticked(day) && !days.includes(day))],
    from: begin.value.trim(),
    to: end.value.trim(),
  });
  const ticked = (day) => boxes.find(([name]) => name === day)[1].checked;
  return row;
}

function idle({ only_when_idle }) {
  const on = check("Only when the card is idle", only_when_idle !== null);
  const percent = number("below", only_when_idle?.gpu_below_percent ?? 10, "% used");
  const minutes = number("for", only_when_idle?.for_minutes ?? 5, "minutes");
  return {
    node: el(
      "fieldset",
      {},
      el("legend", {}, "Idle"),
      el("div", { class: "line" }, on.node, percent.node, minutes.node),
    ),
    read: () => ({
      only_when_idle: on.read() ? { gpu_below_percent: percent.read(), for_minutes: minutes.read() } : null,
    }),
  };
}

function games({ yield_to_games: rule }) {
  const on = check("Make way for games", rule !== null);
  const vram = number("others use more than", rule?.vram_above_mb ?? 3072, "MiB");
  const percent = number("or", rule?.gpu_above_percent ?? 50, "% of a card");
  const now = check("At once: what runs goes back to the studio", rule?.immediately ?? true);
  const back = number("back after", rule?.back_after_minutes ?? 2, "minutes");
  return {
    node: el(
      "fieldset",
      {},
      el("legend", {}, "Games"),
      el("div", { class: "line" }, on.node, vram.node, percent.node),
      el("div", { class: "line" }, now.node, back.node),
    ),
    read: () => ({
      yield_to_games: on.read()
        ? {
          vram_above_mb: vram.read(),
          gpu_above_percent: percent.read(),
          immediately: now.read(),
          back_after_minutes: back.read(),
        }
        : null,
    }),
  };
}

function limits({ monthly_gb, disk_budget_gb, power_limit_watts }) {
  const month = number("Gigabytes a month, up and down", monthly_gb, "", "any");
  const disk = number("Gigabytes of disk for its folder", disk_budget_gb, "", "any");
  const power = number("Watts a card may draw", power_limit_watts, "", "as it is");
  return {
    node: el(
      "fieldset",
      {},
      el("legend", {}, "Limits"),
      el("div", { class: "columns" }, month.node, disk.node, power.node),
    ),
    read: () => ({ monthly_gb: month.read(), disk_budget_gb: disk.read(), power_limit_watts: power.read() }),
  };
}

function models({ models }) {
  const on = check("May fetch models", models.download);
  const disk = number("Gigabytes of disk for them", models.disk_gb, "", "any");
  const speed = number("Megabytes a second", models.mb_per_second, "", "any");
  const licences = lines("Licences agreed to, one a line", models.licences);
  return {
    node: el(
      "fieldset",
      {},
      el("legend", {}, "Models"),
      on.node,
      el("div", { class: "columns" }, disk.node, speed.node, licences.node),
    ),
    read: () => ({
      models: {
        download: on.read(),
        licences: licences.read(),
        disk_gb: disk.read(),
        mb_per_second: speed.read(),
      },
    }),
  };
}

function whom({ runners, projects, refuse_words }) {
  const parts = [
    lines("Only these films (none: all)", projects.allow),
    lines("Never these films", projects.deny),
    lines("Only these runners (none: all)", runners.allow),
    lines("Never these runners", runners.deny),
    lines("Words to refuse in prompts (they stay here)", refuse_words),
  ];
  const [films, noFilms, some, none, words] = parts;
  return {
    node: el(
      "fieldset",
      {},
      el("legend", {}, "For whom and what"),
      el("div", { class: "columns" }, parts.map(({ node }) => node)),
    ),
    read: () => ({
      projects: { allow: films.read(), deny: noFilms.read() },
      runners: { allow: some.read(), deny: none.read() },
      refuse_words: words.read(),
    }),
  };
}

function rest({ updates, show_pictures, comfyui }) {
  const select = el(
    "select",
    { value: updates },
    [["auto", "by itself, between jobs"], ["ask", "when I say so"], ["never", "never"]].map(([value, text]) =>
      el("option", { value, selected: value === updates }, text)
    ),
  );
  const pictures = check("Show on this page what is being made", show_pictures);
  const stop = number(
    "Minutes without work after which its ComfyUI is stopped",
    comfyui.stop_when_idle_minutes,
    "",
    "never",
  );
  return {
    node: el(
      "fieldset",
      {},
      el("legend", {}, "Besides"),
      el("div", { class: "line" }, el("label", {}, "New versions of the agent", select)),
      pictures.node,
      stop.node,
    ),
    read: () => ({
      updates: select.value,
      show_pictures: pictures.read(),
      comfyui: { stop_when_idle_minutes: stop.read() },
    }),
  };
}

function check(text, checked) {
  const box = el("input", { type: "checkbox", checked });
  return { node: el("label", {}, box, text), read: () => box.checked };
}

/** With `empty`, nothing typed means null. */
function number(text, value, unit, empty) {
  const box = el("input", { type: "number", min: 0, step: "any", value: value ?? "", placeholder: empty });
  const stacked = empty !== undefined;
  return {
    node: el("label", { class: stacked ? "stacked" : "" }, text, box, unit),
    read() {
      if (box.value.trim() === "" && empty !== undefined) return null;
      if (box.value.trim() === "" || !box.validity.valid) throw new Error(`“${text}” must be a number.`);
      return Number(box.value);
    },
  };
}

function lines(text, values) {
  const box = el("textarea", { rows: 3, value: values.join("\n") });
  return {
    node: el("label", { class: "stacked" }, text, box),
    read: () => box.value.split("\n").map((line) => line.trim()).filter(Boolean),
  };
}
