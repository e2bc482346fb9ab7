import { useComputed } from "@preact/signals";
import { ChevronLeft, Moon, Redo2, Sun, Undo2 } from "../components/icons.ts";
import { TIER_ORDER, TIERS } from "../../shared/tiers.ts";
import { go } from "../router.ts";
import { setTheme, theme } from "../state/theme.ts";
import { BranchMenu } from "./branches/branch_menu.tsx";
import { showTab } from "./dock/dock.tsx";
import { runAction } from "./actions.ts";
import { SaveState } from "./document/save_state.tsx";
import { setQuality } from "./deeds.ts";
import { PeopleHere } from "./presence/people_here.tsx";
import { renderFilm } from "./render.ts";
import { useWorkspace } from "./workspace.ts";

export function TopBar() {
  const workspace = useWorkspace();
  const project = workspace.project.value;
  return (
    <header class="topbar">
      <button type="button" class="button quiet icon" title="All films" onClick={() => go("/")}>
        <ChevronLeft size={18} />
      </button>
      <h1 title={project.title}>{project.title}</h1>
      <BranchMenu />
      <SaveState />
      {workspace.canEdit ? <UndoRedo /> : <span class="pill">Only looking</span>}
      <span class="space" />
      <div class="segments" role="group" aria-label="Quality">
        {TIER_ORDER.map((tier) => (
          <button
            type="button"
            key={tier}
            aria-pressed={project.quality === tier}
            disabled={!workspace.canEdit}
            title={`For cards of ${TIERS[tier].cardGb} GB`}
            onClick={() => void setQuality(workspace, tier)}
          >
            {TIERS[tier].label}
          </button>
        ))}
      </div>
      <span class="space" />
      <PeopleHere />
      <Fleet />
      <ThemeSwitch />
      <button
        type="button"
        class="button"
        title="Play the film from its proxies (P)"
        onClick={() => runAction(workspace, "preview")}
      >
        Preview
      </button>
      {workspace.canEdit && (
        <button
          type="button"
          class="button primary"
          onClick={() => void renderFilm(workspace)}
        >
          Render film
        </button>
      )}
    </header>
  );
}

function UndoRedo() {
  const { document: doc } = useWorkspace();
  return (
    <>
      <button
        type="button"
        class="button quiet icon"
        title={doc.undoLabel.value ? `Undo: ${doc.undoLabel.value}` : "Nothing to undo"}
        disabled={!doc.undoLabel.value}
        onClick={() => void doc.undo()}
      >
        <Undo2 size={16} />
      </button>
      <button
        type="button"
        class="button quiet icon"
        title={doc.redoLabel.value ? `Redo: ${doc.redoLabel.value}` : "Nothing to redo"}
        disabled={!doc.redoLabel.value}
        onClick={() => void doc.redo()}
      >
        <Redo2 size={16} />
      </button>
    </>
  );
}

function Fleet() {
  const { live } = useWorkspace();
  const text = useComputed(() => {
    const online = [...live.agents.value.values()].filter((agent) => agent.state === "online");
    const cards = online.flatMap((agent) => agent.slots).filter((slot) => slot.vram_mb > 0);
    const busy = online.flatMap((agent) => agent.slots).filter((slot) => slot.job_id).length;
    if (online.length === 0) {
      const paused = [...live.agents.value.values()].some((agent) => agent.state === "paused");
      return { dot: "attention", words: paused ? "Machines are paused" : "No agent online" };
    }
    if (cards.length === 0) return { dot: "well", words: `CPU only${busy ? ` · ${busy} busy` : ""}` };
    return {
      dot: "well",
      words: `${cards.length} ${cards.length === 1 ? "GPU" : "GPUs"} online${busy ? ` · ${busy} busy` : ""}`,
    };
  });
  return (
    <button type="button" class="pill" title="Show the machines" onClick={() => showTab("Fleet")}>
      <i class={`dot ${text.value.dot}`} />
      {text.value.words}
    </button>
  );
}

function ThemeSwitch() {
  const flip = () => {
    setTheme(theme() === "dark" ? "light" : "dark");
  };
  return (
    <button type="button" class="button quiet icon" title="Dark or light" onClick={flip}>
      <Sun size={16} class="theme-sun" />
      <Moon size={16} class="theme-moon" />
    </button>
  );
}
