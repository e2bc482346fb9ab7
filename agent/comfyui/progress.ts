import { z } from "zod";
import type { Progress } from "../../shared/jobs/job.ts";
import type { Workflow } from "../../shared/runners/manifest.ts";

/** How far a prompt is, from what the socket says about its nodes. */

interface NodeState {
  done: number;
  of: number;
  finished: boolean;
}

const States = z.object({
  nodes: z.record(
    z.string(),
    z.object({
      value: z.number(),
      max: z.number(),
      state: z.string(),
      display_node_id: z.string().nullish(),
    }),
  ),
});
const Steps = z.object({ node: z.string().nullish(), value: z.number(), max: z.number() });
const Cached = z.object({ nodes: z.array(z.string()) });
const Executing = z.object({ node: z.string().nullable() });

export class PromptProgress {
  readonly #prompt: Workflow;
  readonly #states = new Map<string, NodeState>();
  #current: string | null = null;
  #highest = 0;

  constructor(prompt: Workflow) {
    this.#prompt = prompt;
  }

  /** Takes a message about this prompt in; the progress after it, null when it says nothing about that. */
  take(type: string, data: Record<string, unknown>): Progress | null {
    switch (type) {
      case "execution_cached": {
        const cached = Cached.safeParse(data);
        if (!cached.success) return null;
        for (const id of cached.data.nodes) this.#states.set(id, { done: 1, of: 1, finished: true });
        break;
      }
      case "progress_state": {
        const states = States.safeParse(data);
        if (!states.success) return null;
        for (const [id, { value, max, state, display_node_id }] of Object.entries(states.data.nodes)) {
          // Nodes that a node made while it ran count as that node.
          const node = id in this.#prompt ? id : display_node_id;
          if (!node || !(node in this.#prompt)) continue;
          this.#states.set(node, { done: value, of: max, finished: state === "finished" && node === id });
          if (state === "running") this.#current = node;
        }
        break;
      }
      case "progress": {
        const steps = Steps.safeParse(data);
        const node = steps.data?.node ?? this.#current;
        if (!steps.success || node === null || !(node in this.#prompt)) return null;
        this.#current = node;
        this.#states.set(node, { done: steps.data.value, of: steps.data.max, finished: false });
        break;
      }
      case "executing": {
        const executing = Executing.safeParse(data);
        const node = executing.data?.node;
        if (!node || !(node in this.#prompt)) return null;
        // Before there was progress_state, the next node's beginning was the only word of the last one's end.
        const before = this.#current === null ? undefined : this.#states.get(this.#current);
        if (this.#current !== null && this.#current !== node) {
          this.#states.set(this.#current, { done: before?.of ?? 1, of: before?.of ?? 1, finished: true });
        }
        this.#current = node;
        if (!this.#states.has(node)) this.#states.set(node, { done: 0, of: 1, finished: false });
        break;
      }
      default:
        return null;
    }
    return this.now();
  }

  now(): Progress {
    let all = 0;
    let done = 0;
    for (const [id, node] of Object.entries(this.#prompt)) {
      const weight = weightOf(node.class_type);
      const state = this.#states.get(id);
      all += weight;
      if (state) {
        done += weight * (state.finished ? 1 : Math.min(1, state.of > 0 ? state.done / state.of : 0));
      }
    }
    // It never goes back, whatever order the messages come in.
    this.#highest = Math.max(this.#highest, all > 0 ? done / all : 0);
    return { stage: this.#stage(), progress: Math.min(1, this.#highest) };
  }

  #stage(): string {
    if (this.#current === null) return "ComfyUI begins";
    const node = this.#prompt[this.#current]!;
    const state = this.#states.get(this.#current);
    const title = (node._meta?.title ?? node.class_type).slice(0, 120);
    return state && state.of > 1 ? `${title}: ${Math.min(state.done, state.of)} of ${state.of}` : title;
  }
}

/** Sampling is most of the time, whatever the number of nodes; loading and decoding are the rest. */
function weightOf(classType: string): number {
  if (/sampler/i.test(classType) && !/select/i.test(classType)) return 40;
  if (/loader/i.test(classType)) return 6;
  if (/decode|savevideo|combine/i.test(classType)) return 6;
  if (/encode/i.test(classType)) return 2;
  return 1;
}
