import { extname, join } from "@std/path";
import type { Lease } from "../../shared/agents/protocol.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { BindError, bindWorkflow, type Param } from "../../shared/runners/bind.ts";
import { graphFor, type Runner } from "../../shared/runners/check.ts";
import { modelLength } from "../../shared/runners/length.ts";
import type { RunnerTier, Workflow } from "../../shared/runners/manifest.ts";
import { RATES } from "../../shared/time/rate.ts";
import {
  type ComfyClient,
  ComfyError,
  extensionOf,
  followTerminal,
  type Patience,
  runPrompt,
  takeOf,
} from "../comfyui/mod.ts";
import { measureCard } from "../gpu/measure.ts";
import { secondsLeft } from "../lease/seconds_left.ts";
import {
  type ExecutionContext,
  type Executor,
  type Held,
  JobFailure,
  type Result,
} from "../lease/executor.ts";
import { type ComfyFacts, listedName } from "./capability.ts";
import { finishTake } from "./finish_take.ts";
import { forgetLoaded } from "./in_memory.ts";

export interface ComfyRunner {
  client: ComfyClient;
  runner: Runner;
  facts: ComfyFacts;
  version: string;
  /** The card that this ComfyUI works on, by the driver's number; null where it is none, or not told. */
  gpu: number | null;
  patience?: Partial<Patience>;
  /** Until ComfyUI is up, where the agent may have stopped it. */
  hold?(signal: AbortSignal): Promise<Held>;
  /** Frees what else has its models on the card. */
  makeRoom?(): Promise<void>;
  /** Told when a prompt has run: its models are in memory then. */
  ran?: (spec: GenerateSpec) => void;
}

/** Bytes; larger is no take. */
const MOST_BYTES = 4 * 1024 ** 3;
/** Share of the work that ComfyUI does; fetching, checking and conforming are the rest. */
const IN_COMFYUI = 0.92;

/** Takes made by a workflow in the agent's ComfyUI. */
export function comfyExecutor(comfy: ComfyRunner): Executor {
  return {
    async run(lease: Lease, context: ExecutionContext): Promise<Result> {
      if (lease.spec.kind !== "generate") {
        throw new JobFailure("agent", "This runner makes takes, not films.");
      }
      try {
        return await makeTake(comfy, lease, lease.spec, context);
      } catch (error) {
        if (error instanceof JobFailure && error.class === "oom") {
          forgetLoaded(comfy.client.url);
          await comfy.client.free().catch(() => {});
        }
        if (error instanceof BindError) throw new JobFailure("invalid", error.message, { cause: error });
        if (error instanceof ComfyError) throw new JobFailure("transient", error.message, { cause: error });
        throw error;
      }
    },
  };
}

async function makeTake(
  comfy: ComfyRunner,
  lease: Lease,
  spec: GenerateSpec,
  context: ExecutionContext,
): Promise<Result> {
  const { client, runner } = comfy;
  // The gateway gives such a job to nobody; this is for the moment in which either has just got another.
  if (spec.runner_version !== runner.manifest.version) {
    throw new JobFailure(
      "transient",
      `It was asked of ${runner.manifest.title} ${spec.runner_version}, and this agent has ${runner.manifest.version}.`,
      { fault: "none" },
    );
  }
  if (comfy.hold) context.progress({ stage: "Waiting for ComfyUI", progress: 0 });
  using held = await comfy.hold?.(context.signal);
  await comfy.makeRoom?.();
  const { prompt, outputNode } = await fillIn(comfy, lease, spec, context);
  const left = secondsLeft(lease.expected_s);
  await using _terminal = await followTerminal(client, (text) => context.log?.(text));
  const card = measureCard(comfy.gpu, client);
  const asked = context.span?.child("ComfyUI prompt");
  let measured;
  let history;
  try {
    history = await runPrompt(client, {
      prompt,
      signal: held?.gone ? AbortSignal.any([context.signal, held.gone]) : context.signal,
      progress: ({ stage, progress }) => {
        const done = progress * IN_COMFYUI;
        const seconds = left(done);
        context.progress({ stage, progress: done, ...(seconds === null ? {} : { seconds_left: seconds }) });
      },
      preview: (jpeg) => context.preview(jpeg),
      ...(comfy.patience ? { patience: comfy.patience } : {}),
      span: asked,
    });
  } finally {
    asked?.end({ failed: history === undefined, attributes: { "comfyui.version": comfy.version } });
    measured = await card.stop();
  }
  comfy.ran?.(spec);
  const output = takeOf(history, spec.output, outputNode);
  if (!output) {
    throw new JobFailure(
      "agent",
      `ComfyUI finished and wrote no ${spec.output}: ${runner.manifest.title} has made nothing.`,
    );
  }
  context.progress({ stage: "Fetching the take", progress: IN_COMFYUI });
  const made = join(context.folder, `made${extname(output.filename).toLowerCase()}`);
  try {
    await client.view(output, made, MOST_BYTES, { signal: context.signal });
  } catch (error) {
    if (!(error instanceof ComfyError) || error.status !== 404) throw error;
    throw new JobFailure(
      "transient",
      `ComfyUI names ${output.filename} as the take and no longer has it; it is made once more.`,
      { cause: error },
    );
  }
  const result = await finishTake(
    { spec, made, extension: extensionOf(output.filename), from: IN_COMFYUI },
    context,
  );
  return {
    ...result,
    ...(measured.peakVramMb === null ? {} : { peak_vram_mb: measured.peakVramMb }),
    ...(measured.energyWh === null ? {} : { energy_wh: measured.energyWh }),
    made_with: {
      engine: "comfyui",
      comfyui_version: comfy.version,
      models: tierOf(runner, spec).models.map(({ folder, file, sha256 }) => ({
        folder,
        file,
        ...(sha256 ? { sha256 } : {}),
      })),
      prompt,
    },
  };
}

/** The prompt for this job on this machine, its input files uploaded. */
async function fillIn(
  { client, runner, facts }: ComfyRunner,
  lease: Lease,
  spec: GenerateSpec,
  context: ExecutionContext,
): Promise<{ prompt: Workflow; outputNode: string }> {
  const tier = tierOf(runner, spec);
  const params = paramsFor(runner, tier, spec);
  const graph = graphFor(tier, Number(params.width ?? 0) * Number(params.height ?? 0));
  const workflow = graph && runner.workflows.get(graph.workflow);
  if (!workflow) throw new JobFailure("agent", `${runner.manifest.title} has no workflow for ${spec.tier}.`);
  const files: Record<string, string> = {};
  for (const [name, path] of context.inputs) {
    context.progress({ stage: "Giving ComfyUI the inputs", progress: 0 });
    // Named by content, so that the same picture is stored once and another never takes its name.
    const oid = lease.inputs.find((input) => input.name === name)?.oid ?? crypto.randomUUID();
    files[name] = await client.upload(path, `${oid.slice(0, 32)}${extname(path).toLowerCase()}`, "studio", {
      signal: context.signal,
    });
  }
  const prompt = bindWorkflow({
    manifest: runner.manifest,
    workflow,
    bindings: graph.bindings,
    params,
    files,
    filenamePrefix: `studio/${lease.job_id}-${lease.attempt}`,
    models: new Map(tier.models.flatMap((model) => {
      const listed = listedName(model, facts);
      return listed === null ? [] : [[model.file, listed] as const];
    })),
  });
  return { prompt, outputNode: graph.output_node };
}

/** The job's parameters with size, length and rate of this tier's model. */
function paramsFor({ manifest }: Runner, tier: RunnerTier, spec: GenerateSpec): Record<string, Param> {
  const params = { ...spec.params };
  if (manifest.inputs.some(({ name }) => name === "width")) {
    params.width ??= spec.width;
    params.height ??= spec.height;
  }
  if (spec.output !== "video" || typeof params.frames !== "number") return params;
  const rate = RATES[spec.fps];
  const runnerFps = manifest.native_fps ?? rate.num / rate.den;
  return { ...params, ...modelLength(manifest, tier, params.frames, runnerFps) };
}

function tierOf(runner: Runner, spec: GenerateSpec): RunnerTier {
  const tier = runner.manifest.tiers[spec.tier];
  if (!tier) {
    throw new JobFailure("agent", `${runner.manifest.title} on this agent has no tier ${spec.tier}.`);
  }
  return tier;
}
