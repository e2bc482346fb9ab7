import { join } from "@std/path";
import { type ExecutionContext, type Executor, JobFailure, type Result } from "../../lease/executor.ts";
import type { Lease } from "../../../shared/agents/protocol.ts";
import { factsOf, inspect, makePoster, makeProxy, MediaError } from "../../media/mod.ts";
import { DRAWN, renderCard } from "./render.ts";

/** Cards instead of pictures: a film can be cut before a single GPU hour is spent. Needs ffmpeg and a font. */
export const animatic: Executor = {
  async run(lease: Lease, context: ExecutionContext): Promise<Result> {
    if (lease.spec.kind !== "generate") {
      throw new JobFailure("agent", "The animatic runner makes takes, not films.");
    }
    try {
      return await makeTake(lease.spec, context);
    } catch (cause) {
      if (!(cause instanceof MediaError)) throw cause;
      throw new JobFailure("agent", `The card could not be drawn. ${cause.message}`, {
        cause,
        detail: cause.detail,
      });
    }
  },
};

async function makeTake(
  spec: Extract<Lease["spec"], { kind: "generate" }>,
  context: ExecutionContext,
): Promise<Result> {
  const { signal, folder } = context;
  context.progress({ stage: "Laying the card out", progress: 0 });
  const { file, extension, made_with } = await renderCard(spec, context);
  context.progress({ stage: "Making the poster", progress: DRAWN });
  const take = await inspect(file, { signal });
  const poster = await makePoster(take, join(folder, "poster.jpg"), { signal });
  context.preview(await Deno.readFile(poster));
  const result = {
    file,
    extension,
    media: factsOf(take),
    poster,
    made_with: { engine: "animatic", ...made_with },
  };
  if (take.still) return result;
  context.progress({ stage: "Making the proxy", progress: DRAWN + 0.05 });
  return { ...result, proxy: await makeProxy(take, join(folder, "proxy.mp4"), { signal }) };
}
