import { resolve } from "@std/path";
import { UsageError } from "../config.ts";
import { Tool } from "../containers/config.ts";
import { RunnerId } from "../../shared/runners/id.ts";

const VERBS = {
  add: "agent container add RUNNER|comfyui [--models DIR] [--gpu N|none] [--with docker|podman]",
  remove: "agent container remove RUNNER|comfyui",
  list: "agent container list",
} as const;

export interface ContainerLine {
  verb: keyof typeof VERBS;
  id: string;
  /** Absolute. */
  models: string | null;
  /** Which card; `none`: the CPU; null: the one with the most memory. */
  gpu: number | "none" | null;
  /** null: whichever works here. */
  tool: Tool | null;
}

/** What follows `agent container`. Throws UsageError with the line that was meant. */
export function parseContainerLine(
  rest: readonly string[],
  values: { models?: string; gpu?: string; with?: string },
  cwd: string,
): ContainerLine {
  const verb = rest[0] as keyof typeof VERBS;
  if (!Object.hasOwn(VERBS, verb ?? "")) {
    throw new UsageError(`agent container does one of:\n  ${Object.values(VERBS).join("\n  ")}`);
  }
  if (rest.length !== (verb === "list" ? 1 : 2)) throw new UsageError(`It goes: ${VERBS[verb]}`);
  const id = rest[1] ?? "";
  if (verb !== "list" && !RunnerId.safeParse(id).success) {
    throw new UsageError(`A runner's id is lower-case words and hyphens, like my-model, not "${id}".`);
  }
  const tool = Tool.safeParse(values.with);
  if (values.with !== undefined && !tool.success) throw new UsageError("--with is docker or podman.");
  if (values.gpu !== undefined && values.gpu !== "none" && !/^\d{1,2}$/.test(values.gpu)) {
    throw new UsageError('--gpu is the number of a card, as agent doctor shows it, or "none".');
  }
  return {
    verb,
    id,
    models: values.models === undefined ? null : resolve(cwd, values.models),
    gpu: values.gpu === undefined ? null : values.gpu === "none" ? "none" : Number(values.gpu),
    tool: tool.data ?? null,
  };
}
