import { z } from "zod";
import type { Workflow } from "../../shared/runners/manifest.ts";
import type { OpenSpan } from "../lease/spans.ts";

/** Nodes of a prompt that get a span of their own. */
const MOST_NODES = 60;

const Executing = z.object({ node: z.string().nullable() });

/** Makes spans of what ComfyUI's socket says of a prompt: how long it waited there, then each node by its class. */
export interface PromptSpans {
  take(type: string, data: Record<string, unknown>): void;
  /** No more will be said. */
  end(failed: boolean): void;
}

export function promptSpans(prompt: Workflow, within: OpenSpan): PromptSpans {
  let queue: OpenSpan | null = within.child("ComfyUI queue");
  let node: OpenSpan | null = null;
  let nodes = 0;
  return {
    take(type, data) {
      if (type !== "execution_start" && type !== "executing") return;
      queue?.end();
      queue = null;
      const executing = type === "executing" ? Executing.safeParse(data) : null;
      if (!executing?.success) return;
      node?.end();
      // Null is the end; what a node made while it ran is of no class that the prompt names.
      const id = executing.data.node;
      const of = id === null ? undefined : prompt[id];
      node = of && nodes++ < MOST_NODES ? within.child(of.class_type) : null;
    },
    end(failed) {
      node?.end({ failed });
      queue?.end({ failed });
      node = queue = null;
    },
  };
}
