import { join } from "@std/path";
import { createAssembler, openCache } from "../../../agent/render/mod.ts";
import type { Lease } from "../../../shared/agents/protocol.ts";

/** `render_once.ts JOB.json FOLDER CACHE`: renders one film in a process of its own, as an agent does, and says where it lies. */
const [file, folder, cache] = Deno.args as [string, string, string];
const { spec, paths } = JSON.parse(await Deno.readTextFile(file));
await Deno.mkdir(folder, { recursive: true });
const made = await createAssembler({ cache: openCache(join(cache)) }).run({ spec } as Lease, {
  ...{ folder, slot: "cpu", inputs: new Map(paths), signal: new AbortController().signal },
  progress: () => {},
  preview: () => {},
});
console.log(JSON.stringify({ file: made.file, made_with: made.made_with }));
