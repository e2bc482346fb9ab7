import type { CanvasNode, GeneratingNode, NodeOf } from "../../../shared/canvas/graph.ts";
import type { RunnerInput, RunnerManifest } from "../../../shared/runners/manifest.ts";
import { NumberField, TextField } from "../../components/text_field.tsx";
import { useWorkspace, type Workspace } from "../workspace.ts";
import { FileField } from "./file_field.tsx";
import type { SetFields } from "./node_panel.tsx";
import { NodeField } from "./node_field.tsx";

/** Inputs that the canvas has fields of its own for. */
const OWN = new Set(["prompt", "negative_prompt", "seed", "width", "height", "frames", "fps", "duration"]);

type WithRunner = GeneratingNode | NodeOf<"pipeline">;

/** Choice of runner, and the form that its manifest asks for. */
export function RunnerForm({ node, set }: { node: WithRunner; set: SetFields }) {
  const { runners } = useWorkspace();
  const chosen = fitting(runners, node).find((runner) => runner.id === node.runner);
  return (
    <>
      <NodeField node={node} field="runner" />
      {node.type === "pipeline" && chosen && <p class="dim">{chosen.description}</p>}
      {chosen && notForSale(chosen) && (
        <p class="notice-box">Its models' licence forbids selling what is made with it.</p>
      )}
      {chosen?.inputs.filter((input) =>
        !input.hidden && !OWN.has(input.name) && (node.type === "pipeline" || !byWire(input))
      ).map((input) =>
        isFile(input)
          ? (
            <FileField
              key={input.name}
              input={input}
              file={node.files?.[input.name]}
              commit={(file) =>
                set(`Set ${input.title}`, { files: withEntry(node.files ?? {}, input.name, file) })}
            />
          )
          : <NodeField key={input.name} node={node} field={`params.${input.name}`} />
      )}
    </>
  );
}

/** What the chosen runner is: read once, so it lies out of the way. */
export function AboutRunner({ node }: { node: GeneratingNode }) {
  const { runners } = useWorkspace();
  const chosen = fitting(runners, node).find((runner) => runner.id === node.runner);
  if (!chosen) return null;
  return (
    <details>
      <summary>About {chosen.title}</summary>
      <p class="dim">{chosen.description}</p>
      {chosen.inputs.filter(byWire).filter((input) => !input.hidden).map((input) => (
        <FileField key={input.name} input={input} file={undefined} commit={() => {}} />
      ))}
    </details>
  );
}

function fitting(runners: readonly RunnerManifest[], node: WithRunner): RunnerManifest[] {
  return runners.filter((runner) => node.type === "pipeline" || runner.serves.includes(node.type));
}

export function RunnerChoice({ node, label, set }: { node: WithRunner; label: string; set: SetFields }) {
  const { runners } = useWorkspace();
  return (
    <label class="field">
      <span>{label}</span>
      <select
        class="input"
        value={node.runner ?? ""}
        onChange={(event) => set("Choose a runner", { runner: event.currentTarget.value || null })}
      >
        <option value="">{node.type === "pipeline" ? "Choose" : "The studio's choice"}</option>
        {fitting(runners, node).map((runner) => (
          <option key={runner.id} value={runner.id}>{runner.title}</option>
        ))}
      </select>
    </label>
  );
}

/** One of the chosen runner's own inputs. */
export function RunnerParam(
  { node, name, label, set }: {
    node: WithRunner;
    name: string;
    label: string | undefined;
    set: SetFields;
  },
) {
  const { runners } = useWorkspace();
  const input = inputOf(runners, node, name);
  if (!input || isFile(input)) {
    return <p class="dim">{label ?? name}: {node.title} has a runner now that does not ask for it.</p>;
  }
  return (
    <InputField
      input={label === undefined ? input : { ...input, title: label }}
      value={node.params[name]}
      commit={(value) => set(`Set ${input.title}`, { params: withEntry(node.params, name, value) })}
    />
  );
}

function inputOf(
  runners: readonly RunnerManifest[],
  node: WithRunner,
  name: string,
): RunnerInput | undefined {
  return runners.find((runner) => runner.id === node.runner)?.inputs.find((input) => input.name === name);
}

export function paramLabel({ runners }: Workspace, node: CanvasNode, name: string): string {
  return "params" in node ? inputOf(runners, node, name)?.title ?? name : name;
}

function notForSale(runner: RunnerManifest): boolean {
  return Object.values(runner.tiers).some((tier) => tier?.models.some((model) => !model.commercial));
}

type Value = string | number | boolean;
function withEntry<T>(entries: Record<string, T>, name: string, value: T | null): Record<string, T> {
  const { [name]: _, ...rest } = entries;
  return value === null ? rest : { ...rest, [name]: value };
}

type FileInput = Extract<RunnerInput, { type: "image" | "mask" | "audio" | "video" }>;
function isFile(input: RunnerInput): input is FileInput {
  return ["image", "mask", "audio", "video"].includes(input.type);
}

/** It comes over a wire or from the brush: there is nothing to choose here. */
function byWire(input: RunnerInput): input is FileInput {
  return input.type === "image" || input.type === "mask";
}

function InputField(
  { input, value, commit }: {
    input: Exclude<RunnerInput, FileInput>;
    value: Value | undefined;
    commit: (value: Value | null) => void;
  },
) {
  switch (input.type) {
    case "text":
      return (
        <TextField
          label={input.title}
          rows={input.multiline ? 3 : undefined}
          value={String(value ?? input.default)}
          onCommit={commit}
        />
      );
    case "integer":
    case "number":
      return (
        <NumberField
          label={input.title}
          value={value === undefined ? input.default : Number(value)}
          min={input.min}
          max={input.max}
          step={input.step}
          optional
          onCommit={(number) =>
            commit(number === null ? null : input.type === "integer" ? Math.round(number) : number)}
        />
      );
    case "boolean":
      return (
        <label style="display:flex;gap:8px;align-items:center">
          <input
            type="checkbox"
            checked={Boolean(value ?? input.default)}
            onChange={(event) => commit(event.currentTarget.checked)}
          />
          {input.title}
        </label>
      );
    case "choice":
      return (
        <label class="field">
          <span>{input.title}</span>
          <select
            class="input"
            value={String(value ?? input.default)}
            onChange={(event) => commit(event.currentTarget.value)}
          >
            {input.choices.map((choice) => (
              <option key={choice.value} value={choice.value}>{choice.title}</option>
            ))}
          </select>
        </label>
      );
  }
}
