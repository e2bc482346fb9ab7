import { join } from "@std/path";
import type { CommandLine } from "../command/options.ts";
import type { AgentConfig } from "../config.ts";

/** ComfyUI's models folder; null: nobody said where it is. */
export function modelsDirOf(
  { line, config }: { line: CommandLine; config: AgentConfig | null },
): string | null {
  return line.models.dir ?? config?.models ??
    (config?.managed ? join(config.managed.folder, "models") : null);
}
