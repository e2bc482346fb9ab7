import { dirname, join } from "@std/path";
import { parseArgs } from "node:util";
import { packageDigest } from "../../shared/agents/package.ts";
import { reasonOf } from "../lease/client.ts";
import { writeNews } from "./files.ts";
import { untar } from "./untar.ts";
import { holds } from "./version_dir.ts";

/**
 * The updater: a program of its own, which alone may write where the agent's code lies, and reach the gateway for it. It fetches the
 * version that was asked for and unpacks it beside the others, once its digest is right. `launch.ts` decides whether it is ever run.
 */

/** Bytes of the archive, unpacked: the agent is less than a tenth of it. */
const MOST_BYTES = 64_000_000;

async function fetchVersion(gateway: string, digest: string, versions: string): Promise<void> {
  const folder = join(versions, digest);
  if (await holds(folder, digest)) return;
  const response = await fetch(`${gateway}/agent.tar.gz`, {
    redirect: "error",
    signal: AbortSignal.timeout(600_000),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the gateway answers ${response.status}`);
  }
  const files = untar(await unzipped(response));
  if (await packageDigest(files) !== digest) {
    throw new Error("what the gateway serves is not the version it speaks of");
  }
  const fresh = `${folder}.new`;
  await Deno.remove(fresh, { recursive: true }).catch(() => {});
  for (const { path, bytes } of files) {
    await Deno.mkdir(dirname(join(fresh, path)), { recursive: true });
    await Deno.writeFile(join(fresh, path), bytes);
  }
  if (!await holds(fresh, digest)) throw new Error("it was not written as it should be");
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.rename(fresh, folder);
}

/** In pieces, and counted as they come out: what comes in may be a thousandth of it. */
async function unzipped(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let sum = 0;
  for await (const piece of response.body?.pipeThrough(new DecompressionStream("gzip")) ?? []) {
    if ((sum += piece.length) > MOST_BYTES) throw new Error("it is too large for an agent");
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: [...Deno.args],
    options: {
      gateway: { type: "string" },
      digest: { type: "string" },
      versions: { type: "string" },
      data: { type: "string" },
    },
  });
  const digest = values.digest!;
  try {
    await fetchVersion(values.gateway!, digest, values.versions!);
    await writeNews(values.data!, "fetched", { digest, ready: true, sentence: "" });
  } catch (error) {
    const sentence = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable
      ? `the folder of its code cannot be written: ${error.message}`
      : reasonOf(error);
    await writeNews(values.data!, "fetched", { digest, ready: false, sentence });
    console.error(`The gateway's version of the agent could not be fetched: ${sentence}`);
    Deno.exit(1);
  }
}
