import { Dices, Lock, LockOpen } from "lucide-preact";
import type { CanvasNode, GeneratingNode, NodeOf } from "../../../shared/canvas/graph.ts";
import { isGenerating, TEXT_LIMIT } from "../../../shared/canvas/graph.ts";
import { NumberField, TextField } from "../../components/text_field.tsx";
import { durationText } from "../../state/words.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";
import type { SetFields } from "./node_panel.tsx";
import { Promotable } from "./promotable.tsx";
import { paramLabel, RunnerChoice, RunnerParam } from "./runner_form.tsx";

interface NodeFieldProps {
  node: CanvasNode;
  /** As in `shared/canvas/promoted.ts`: `prompt`, `params.steps`. */
  field: string;
  /** What it is called here; absent: as ever. */
  label?: string;
  /** The group that it can be promoted to: the one that the node lies in, if nothing else is said. */
  offerTo?: string | undefined;
}

/** One field of a node, with the same editor wherever it is offered: in the node's own panel, and in those of groups around it. */
export function NodeField({ node, field, label, ...props }: NodeFieldProps) {
  const { document: doc } = useWorkspace();
  const set: SetFields = (gesture, fields) =>
    doc.apply(gesture, [{ op: "update_node", id: node.id, set: fields }]);
  const offerTo = "offerTo" in props ? props.offerTo : node.parent;
  return (
    <Promotable node={node} field={field} to={offerTo} label={label}>
      <Editor node={node} field={field} label={label} set={set} />
    </Promotable>
  );
}

/** What a field is called where the artist gave it no name. */
export function fieldLabel(workspace: Workspace, node: CanvasNode, field: string): string {
  return field.startsWith("params.") ? paramLabel(workspace, node, field.slice(7)) : LABELS[field] ?? field;
}

const LABELS: Readonly<Record<string, string>> = {
  prompt: "Prompt",
  negative_prompt: "Keep out",
  seed: "Seed",
  runner: "Runner",
  width: "Width",
  height: "Height",
  duration: "Duration",
  trim_in: "In",
  trim_out: "Out",
  kind: "Kind",
  description: "Description",
  text: "Text",
  fade_in: "Fade in",
  fade_out: "Fade out",
};

interface EditorProps<N extends CanvasNode = CanvasNode> {
  node: N;
  label?: string | undefined;
  set: SetFields;
}

function Editor({ node, field, label, set }: EditorProps & { field: string }) {
  const named = { label: label ?? LABELS[field] ?? field, set };
  if (isGenerating(node) || node.type === "pipeline") {
    if (field === "runner") return <RunnerChoice node={node} {...named} />;
    if (field.startsWith("params.")) {
      return <RunnerParam node={node} name={field.slice(7)} label={label} set={set} />;
    }
  }
  if (isGenerating(node)) {
    if (field === "prompt") return <Prompt node={node} {...named} />;
    if (field === "negative_prompt") return <KeepOut node={node} {...named} />;
    if (field === "seed") return <Seed node={node} {...named} />;
  }
  if (node.type === "shot") {
    if (field === "duration") return <Duration node={node} {...named} />;
    if (field === "trim_in") return <TrimIn node={node} {...named} />;
    if (field === "trim_out") return <TrimOut node={node} {...named} />;
  }
  if (node.type === "generate_image" && (field === "width" || field === "height")) {
    return <Side node={node} side={field} {...named} />;
  }
  if (node.type === "assembler" && (field === "fade_in" || field === "fade_out")) {
    return <Fade node={node} end={field} {...named} />;
  }
  if (node.type === "asset" && field === "kind") return <Kind node={node} {...named} />;
  if (node.type === "asset" && field === "description") return <Description node={node} {...named} />;
  if (node.type === "note" && field === "text") return <NoteText node={node} {...named} />;
  return null;
}

function Prompt({ node, label = "", set }: EditorProps<GeneratingNode>) {
  return (
    <TextField
      label={label}
      draft={`${node.id} prompt`}
      most={TEXT_LIMIT}
      counted
      rows={4}
      value={node.prompt}
      placeholder="What the shot shows"
      onCommit={(prompt) => set("Write the prompt", { prompt })}
    />
  );
}

function KeepOut({ node, label = "", set }: EditorProps<GeneratingNode>) {
  return (
    <TextField
      label={label}
      draft={`${node.id} keep out`}
      most={TEXT_LIMIT}
      rows={2}
      value={node.negative_prompt}
      onCommit={(negative_prompt) => set("Write what to keep out", { negative_prompt })}
    />
  );
}

function Seed({ node, label = "", set }: EditorProps<GeneratingNode>) {
  const lock = node.seed_locked ? "Unlock the seed" : "Lock the seed";
  return (
    <div class="row">
      <NumberField
        label={label}
        value={node.seed}
        min={0}
        max={Number.MAX_SAFE_INTEGER}
        note={node.seed_locked ? "locked" : "new each"}
        onCommit={(seed) => set("Set the seed", { seed: Math.round(seed ?? 0) })}
      />
      <div class="seed">
        <button
          type="button"
          class="button icon"
          title="New seed"
          onClick={() => set("New seed", { seed: crypto.getRandomValues(new Uint32Array(1))[0] })}
        >
          <Dices size={16} />
        </button>
        <button
          type="button"
          class="button icon"
          title={lock}
          aria-pressed={node.seed_locked}
          onClick={() => set(lock, { seed_locked: !node.seed_locked })}
        >
          {node.seed_locked ? <Lock size={16} /> : <LockOpen size={16} />}
        </button>
      </div>
    </div>
  );
}

function Duration({ node, label = "", set }: EditorProps<NodeOf<"shot">>) {
  const { project } = useWorkspace();
  return (
    <NumberField
      label={label}
      value={node.duration}
      min={1}
      max={100_000}
      note={durationText(node.duration, project.value.fps)}
      onCommit={(duration) => set("Set the duration", { duration: Math.round(duration ?? 1) })}
    />
  );
}

function TrimIn({ node, label = "", set }: EditorProps<NodeOf<"shot">>) {
  return (
    <NumberField
      label={label}
      value={node.trim_in}
      min={0}
      max={(node.trim_out ?? node.duration) - 1}
      onCommit={(trim) => set("Trim the beginning", { trim_in: Math.round(trim ?? 0) })}
    />
  );
}

function TrimOut({ node, label = "", set }: EditorProps<NodeOf<"shot">>) {
  return (
    <NumberField
      label={label}
      value={node.trim_out}
      min={node.trim_in + 1}
      optional
      onCommit={(trim) => set("Trim the end", { trim_out: rounded(trim) })}
    />
  );
}

function Side(
  { node, side, label = "", set }: EditorProps<NodeOf<"generate_image">> & { side: "width" | "height" },
) {
  return (
    <NumberField
      label={label}
      optional
      value={node[side]}
      min={64}
      max={8192}
      onCommit={(value) => set(`Set the ${side}`, { [side]: rounded(value) })}
    />
  );
}

function Fade(
  { node, end, label = "", set }: EditorProps<NodeOf<"assembler">> & { end: "fade_in" | "fade_out" },
) {
  return (
    <NumberField
      label={label}
      note="frames"
      optional
      value={node[end]}
      min={1}
      max={999}
      onCommit={(value) => set(end === "fade_in" ? "Fade in" : "Fade out", { [end]: rounded(value) })}
    />
  );
}

function Kind({ node, label, set }: EditorProps<NodeOf<"asset">>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        class="input"
        value={node.kind}
        onChange={(event) => set("Change the kind", { kind: event.currentTarget.value })}
      >
        <option value="character">Character</option>
        <option value="style">Style</option>
        <option value="location">Location</option>
      </select>
    </label>
  );
}

function Description({ node, label = "", set }: EditorProps<NodeOf<"asset">>) {
  return (
    <TextField
      label={label}
      draft={`${node.id} description`}
      most={TEXT_LIMIT}
      note="goes into every wired prompt"
      rows={5}
      value={node.description}
      placeholder="A keeper in his sixties, grey beard, yellow oilskin"
      onCommit={(description) => set("Describe", { description })}
    />
  );
}

function NoteText({ node, label = "", set }: EditorProps<NodeOf<"note">>) {
  return (
    <TextField
      label={label}
      draft={`${node.id} text`}
      most={TEXT_LIMIT}
      rows={8}
      value={node.text}
      onCommit={(text) => set("Write", { text })}
    />
  );
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
