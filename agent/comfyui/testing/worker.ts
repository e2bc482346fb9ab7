import type { Workflow } from "../../../shared/runners/manifest.ts";
import { jpeg, mp4, png } from "./media.ts";
import { upstream } from "../validate.ts";

/** What goes wrong with a prompt while it runs. Each is recorded behaviour of real servers. */
export type Mishap =
  | "execution_error"
  | "oom"
  /** Somebody pressed Cancel in ComfyUI's own page. */
  | "interrupted"
  /** The worker thread dies: it answers, and the prompt runs for ever. */
  | "stuck"
  /** Nothing answers any more. */
  | "silent"
  /** All but POST /prompt answer 500, a few times. */
  | "server_errors"
  /** The socket is cut, and what reconnects is forgotten when the old one's end is noticed. */
  | "stale_socket"
  /** The process starts again: queue and history are gone. */
  | "restart"
  /** The answer to POST /prompt is lost; the prompt runs. */
  | "lost_answer"
  /** A full cache hit: nothing is written, the names are an earlier prompt's. */
  | "cached"
  /** History is written some time after execution_success. */
  | "late_history"
  | "no_output"
  | "empty_output"
  | "truncated_output"
  /** Waits in every step until `release()`. */
  | "slow";

export interface Job {
  number: number;
  id: string;
  prompt: Workflow;
  clientId: string | null;
  outputs: string[];
  mishap: Mishap | null;
}

type Output = Record<string, unknown>;
export interface Entry {
  prompt: unknown[];
  outputs: Record<string, Output>;
  status: { status_str: string; completed: boolean; messages: [string, Record<string, unknown>][] };
  meta: Record<string, unknown>;
}

export interface Stage {
  send(type: string, data: Record<string, unknown>): void;
  preview(nodeId: string, image: Uint8Array): void;
  interrupted(): boolean;
  /** Waits until the test lets it go on, or it is interrupted. */
  held(): Promise<void>;
  files: Map<string, Uint8Array>;
  /** Nodes whose inputs are as they were in an earlier prompt, and their outputs. */
  cache: Map<string, { key: string; output: Output | null }>;
}

/** Steps that a sampler takes. */
const STEPS = 4;

/** Runs a prompt as ComfyUI does, with the same messages in the same order; what goes into history. */
export async function execute(job: Job, stage: Stage): Promise<Entry> {
  const messages: [string, Record<string, unknown>][] = [];
  const say = (type: string, data: Record<string, unknown>) => {
    const full = { ...data, prompt_id: job.id, timestamp: Date.now() };
    messages.push([type, full]);
    stage.send(type, full);
  };
  const entry = (status: string, outputs: Record<string, Output>): Entry => ({
    prompt: [job.number, job.id, job.prompt, { client_id: job.clientId }, job.outputs],
    outputs,
    status: { status_str: status, completed: status === "success", messages },
    meta: {},
  });
  const order = [...new Set(job.outputs.flatMap((output) => upstream(job.prompt, output)))];
  const cached = order.filter((id) => stage.cache.get(id)?.key === keyOf(job.prompt, id));
  const outputs: Record<string, Output> = {};
  const states: Record<string, Record<string, unknown>> = {};
  const executed: string[] = [];
  const state = (id: string, value: number, max: number, name: string) => {
    states[id] = {
      value,
      max,
      state: name,
      node_id: id,
      prompt_id: job.id,
      display_node_id: id,
      parent_node_id: null,
      real_node_id: id,
    };
    stage.send("progress_state", { prompt_id: job.id, nodes: structuredClone(states) });
  };

  say("execution_start", {});
  say("execution_cached", { nodes: cached });
  for (const id of order) {
    const node = job.prompt[id]!;
    const before = cached.includes(id) ? stage.cache.get(id)! : null;
    if (before) {
      if (before.output) {
        outputs[id] = before.output;
        stage.send("executed", { node: id, display_node: id, output: before.output, prompt_id: job.id });
      }
      continue;
    }
    state(id, 0, 1, "running");
    stage.send("executing", { node: id, display_node: id, prompt_id: job.id });
    const samples = /Sampler(Advanced|CustomAdvanced)?$/.test(node.class_type);
    for (let step = 1; samples && step <= STEPS; step++) {
      state(id, step, STEPS, "running");
      stage.preview(id, await jpeg({ width: 64, height: 64, seed: step * 40 }));
      stage.send("progress", { value: step, max: STEPS, prompt_id: job.id, node: id });
      if (job.mishap === "slow") await stage.held();
      if (stage.interrupted() || (job.mishap === "interrupted" && step === 2)) {
        say("execution_interrupted", { node_id: id, node_type: node.class_type, executed });
        return entry("error", {});
      }
    }
    const failing = job.mishap === "oom"
      ? samples
      : job.mishap === "execution_error" && job.outputs.includes(id);
    if (failing) {
      say("execution_error", {
        node_id: id,
        node_type: node.class_type,
        executed,
        ...failure(job.mishap!),
        current_inputs: {},
        current_outputs: [],
      });
      return entry("error", {});
    }
    if (job.mishap === "stuck" || job.mishap === "silent") await new Promise(() => {});
    let output: Output | null = null;
    if (job.outputs.includes(id) && job.mishap !== "no_output") {
      output = await save(job, id, stage);
      outputs[id] = output;
      stage.send("executed", { node: id, display_node: id, output, prompt_id: job.id });
    }
    stage.cache.set(id, { key: keyOf(job.prompt, id), output });
    executed.push(id);
    state(id, 1, 1, "finished");
  }
  say("execution_success", {});
  return entry("success", outputs);
}

function failure(mishap: Mishap): Record<string, unknown> {
  const traceback = [
    '  File "/opt/comfyui/execution.py", line 496, in execute\n    output_data = await get_output_data()\n',
  ];
  return mishap === "oom"
    ? {
      exception_type: "torch.cuda.OutOfMemoryError",
      exception_message:
        "CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 12.00 GiB total capacity)\nThis error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before you might have accidentally set the batch_size to a large number.",
      traceback,
    }
    : {
      exception_type: "av.error.ExternalError",
      exception_message:
        "[Errno 542398533] Generic error in an external library: 'avcodec_open2(libx264)'; last error log: [libx264] width not divisible by 2 (65x48)",
      traceback,
    };
}

/** What a cached node is known by: itself and all it needs. */
export function keyOf(prompt: Workflow, id: string): string {
  return JSON.stringify(upstream(prompt, id).map((each) => [each, prompt[each]]));
}

async function save(job: Job, id: string, stage: Stage): Promise<Output> {
  const node = job.prompt[id]!;
  const film = node.class_type === "SaveVideo";
  const prefix = String(node.inputs.filename_prefix);
  const slash = prefix.lastIndexOf("/");
  const subfolder = slash < 0 ? "" : prefix.slice(0, slash);
  const stem = prefix.slice(slash + 1);
  const extension = film ? "mp4" : "png";
  let counter = 1;
  const name = () => `${stem}_${String(counter).padStart(5, "0")}_.${extension}`;
  while (stage.files.has(`${subfolder}/${name()}`)) counter++;
  const look = lookOf(job.prompt, id);
  let bytes = film ? await mp4(look) : await png(look);
  if (job.mishap === "empty_output") bytes = new Uint8Array();
  if (job.mishap === "truncated_output") bytes = bytes.slice(0, Math.floor(bytes.length * 0.6));
  stage.files.set(`${subfolder}/${name()}`, bytes);
  const images = [{ filename: name(), subfolder, type: "output" }];
  return film ? { images, animated: [true] } : { images };
}

/** Size, length, rate and seed as the nodes before an output say; the nearest wins. */
function lookOf(prompt: Workflow, output: string) {
  const nearest = upstream(prompt, output).toReversed().map((id) => prompt[id]!.inputs);
  const number = (...names: string[]) =>
    nearest.flatMap((inputs) => names.map((name) => inputs[name])).find((value) => typeof value === "number");
  return {
    width: number("width") as number ?? 64,
    height: number("height") as number ?? 64,
    frames: number("length", "batch_size") as number ?? 1,
    fps: number("fps") as number ?? 24,
    seed: number("seed", "noise_seed") as number ?? 0,
  };
}
