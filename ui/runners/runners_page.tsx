import { Download, PackagePlus, Trash2 } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import type { AddedRunner } from "../../shared/api/runners.ts";
import type { Agent } from "../../shared/api/work.ts";
import type { ModelFile, RunnerManifest } from "../../shared/runners/manifest.ts";
import { sizeOf, sizeWords } from "../../shared/runners/size.ts";
import { TIER_ORDER, TIERS } from "../../shared/tiers.ts";
import { api } from "../api.ts";
import { chooseFiles } from "../canvas/assets/drag.ts";
import { ToFilms } from "../components/to_films.tsx";
import { managesFleet } from "../people/me.ts";
import { PersonMenu } from "../people/person_menu.tsx";
import { attempt, say } from "../state/toasts.ts";
import { FromGraph } from "./from_graph.tsx";

interface Shown {
  runners: RunnerManifest[];
  added: AddedRunner[];
  agents: Agent[];
}

/** What the studio can make, with what, and who can make it now. */
export function RunnersPage() {
  const [shown, setShown] = useState<Shown | null>(null);
  const load = async () => {
    const found = await attempt(() => Promise.all([api.runners(), api.agents()]));
    if (!found) return;
    const [runners, agents] = found;
    setShown({ runners: runners.items, added: runners.added, agents: agents.items });
  };
  useEffect(() => {
    document.title = "Runners";
    void load();
  }, []);
  const addPack = () =>
    chooseFiles(".zip,application/zip", async ([file]) => {
      const added = file && await attempt(() => api.addRunner(file));
      if (!added) return;
      const asked = added.risks?.length ? ` It asks there to accept: ${added.risks.join(" ")}` : "";
      say(
        `${added.id} ${added.version} is added. On each machine that shall make it: agent runner install ${added.id}.${asked}`,
      );
      await load();
    });
  const own = new Set(shown?.added.map(({ id }) => id));
  return (
    <main class="pages">
      <header>
        <ToFilms />
        <h1>Runners</h1>
        {managesFleet.value && (
          <button type="button" class="button" onClick={addPack}>
            <PackagePlus size={16} /> Add a pack
          </button>
        )}
        <PersonMenu />
      </header>
      {managesFleet.value && <FromGraph onAdded={load} />}
      <section>
        <h2>What this studio can make</h2>
        {shown && shown.runners.length > 0 && (
          <p class="dim">Behind each quality stands how many machines online can make it now.</p>
        )}
        {shown && shown.runners.length === 0 && <p class="dim">It has no runners; see RUNNERS_DIR.</p>}
        {shown?.runners.map((runner) => (
          <Runner
            key={runner.id}
            runner={runner}
            added={own.has(runner.id)}
            agents={shown.agents}
            onRemoved={load}
          />
        ))}
      </section>
    </main>
  );
}

function Runner(
  { runner, added, agents, onRemoved }: {
    runner: RunnerManifest;
    added: boolean;
    agents: Agent[];
    onRemoved: () => Promise<void>;
  },
) {
  const models = new Map(
    Object.values(runner.tiers).flatMap((tier) => tier.models).map((
      model,
    ) => [`${model.folder}/${model.file}`, model]),
  );
  const remove = async () => {
    if (await attempt(async () => (await api.removeRunner(runner.id), true))) await onRemoved();
  };
  return (
    <details class="runner-entry">
      <summary>
        <b>{runner.title}</b>
        <span class="dim">{runner.id} {runner.version}</span>
        <span class="runner-tiers">
          {TIER_ORDER.filter((tier) => runner.tiers[tier]).map((tier) => {
            const who = agents.filter((agent) => canMake(agent, `${runner.id}@${tier}`)).map(({ name }) =>
              name
            );
            return (
              <span
                key={tier}
                style={{ gridColumn: TIER_ORDER.indexOf(tier) + 1 }}
                class={`badge ${who.length ? "ready" : ""}`}
                title={who.length ? `Now by ${who.join(", ")}` : "No agent online can make it at this tier"}
              >
                {TIERS[tier].label} {who.length || "–"}
              </span>
            );
          })}
        </span>
      </summary>
      <p>{runner.description}</p>
      {[...models.values()].some((model) => !model.commercial) && (
        <p class="notice-box">A licence among its models forbids selling what is made with it.</p>
      )}
      {models.size > 0 && (
        <table>
          <tbody>
            {[...models].map(([path, model]) => (
              <tr key={path}>
                <td>
                  {model.url
                    ? <a href={model.url} rel="noreferrer" target="_blank">models/{path}</a>
                    : `models/${path}`}
                </td>
                <td class="dim" title={model.size ? undefined : model.size_about?.from}>
                  {sizeOfModel(model)}
                </td>
                <td class="dim">{model.licence}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {added && (
        <div class="row">
          <a class="button small" href={`/api/runners/${runner.id}/pack`} download>
            <Download size={14} /> Its pack
          </a>
          {managesFleet.value && (
            <button type="button" class="button small" onClick={() => void remove()}>
              <Trash2 size={14} /> Offer it no more
            </button>
          )}
        </div>
      )}
    </details>
  );
}

function canMake(agent: Agent, capability: string): boolean {
  return agent.state === "online" && agent.slots.some((slot) => slot.capabilities.includes(capability));
}

function sizeOfModel(model: ModelFile): string {
  const known = sizeOf(model);
  return known ? sizeWords(known) : "size not stated";
}
