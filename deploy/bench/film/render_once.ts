import { join } from "@std/path";
import { createAssembler, openCache } from "../../../agent/render/mod.ts";
import type { Lease } from "../../../shared/agents/protocol.ts";
import type { AssembleSpec } from "../../../shared/jobs/job.ts";

/**
 * `render_once.ts JOB.json FOLDER CACHE [warm]`: renders one film in a process of its own, as an agent does, and says where it
 * lies. `warm`: as an agent that has rendered before; a frame of black comes first, and only what comes after is measured.
 */
const [file, folder, cache, warm] = Deno.args as [string, string, string, string?];
const { spec, paths } = JSON.parse(await Deno.readTextFile(file));
const assembler = createAssembler({ cache: openCache(join(cache)) });
if (warm) {
  const edl = "TITLE: Before\n001 BL V C 00:00:00:00 00:00:00:01 01:00:00:00 01:00:00:01\n";
  await render({ ...spec, edl, inputs: [], options: {} }, join(folder, "before"));
}
const [began, spent] = [performance.now(), cpuSeconds()];
const made = await render(spec, join(folder, "film"));
console.log(JSON.stringify({
  ...{ file: made.file, made_with: made.made_with },
  ...{ seconds: (performance.now() - began) / 1000, cpu: cpuSeconds() - spent },
}));

async function render(spec: AssembleSpec, folder: string) {
  await Deno.mkdir(folder, { recursive: true });
  return await assembler.run({ spec } as Lease, {
    ...{ folder, slot: "cpu", inputs: new Map(paths), signal: new AbortController().signal },
    progress: () => {},
    preview: () => {},
  });
}

/** Seconds of processor time of this process and of all that it has waited for (proc(5): fields 14 to 17, a hundredth each). */
function cpuSeconds(): number {
  try {
    const stat = Deno.readTextFileSync("/proc/self/stat");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 15);
    return fields.reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  } catch {
    return NaN;
  }
}
