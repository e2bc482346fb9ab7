import type { GeneratingNode, NodeOf } from "../../../shared/canvas/graph.ts";
import type { RunnerInput, RunnerManifest } from "../../../shared/runners/manifest.ts";
import { NumberField, TextField } from "../../components/text_field.tsx";
import { useWorkspace } from "../workspace.ts";
import { FileField } from "./file_field.tsx";
import type { SetFields } from "./inspector.tsx";

/** Inputs that the canvas has fields of its own for. */
const OWN = new Set(["prompt", "negative_prompt", "seed", "width", "height", "frames", "fps", "duration"]);

type WithRunner = GeneratingNode | NodeOf<"pipeline">;

/** Choice of runner, and the form that its manifest asks for. */
export function RunnerForm({ node, set }: { node: WithRunner; set: SetFields }) {
  const { runners } = useWorkspace();
  const fitting = runners.filter((runner) => node.type === "pipeline" || runner.serves.includes(node.type));
  const chosen = fitting.find((runner) => runner.id === node.runner);
  return (
    <>
      <label class="field">
        <span>Runner</span>
        <select
          class="input"
          value={node.runner ?? ""}
          onChange={(event) => set("Choose a runner", { runner: event.currentTarget.value || null })}
        >
          <option value="">{node.type === "pipeline" ? "Choose" : "The studio's choice"}</option>
          {fitting.map((runner) => <option key={runner.id} value={runner.id}>{runner.title}</option>)}
        </select>
      </label>
      {chosen && <p class="dim">{chosen.description}</p>}
      {chosen && notForSale(chosen) && (
        <p class="notice-box">Its models' licence forbids selling what is made with it.</p>
      )}
      {chosen?.inputs.filter((input) => !input.hidden && !OWN.has(input.name)).map((input) =>
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
          : (
            <InputField
              key={input.name}
              input={input}
              value={node.params[input.name]}
              commit={(value) =>
                set(`Set ${input.title}`, { params: withEntry(node.params, input.name, value) })}
            />
          )
      )}
    </>
  );
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
