import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { checkRunner, MANIFEST_FILE, type Runner } from "./check.ts";
import { RunnerManifest } from "./manifest.ts";

/** A runner in one file: a zip of its folder's JSON and texts, the same bytes for the same content on every machine. */

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(?:json|md|txt)$/;
/** Bytes. */
export const LARGEST_PACK = 4 * 1024 ** 2;
const LARGEST_CONTENT = 32 * 1024 ** 2;
const MOST_FILES = 64;
/** The earliest that a zip can say, so that the time of packing changes nothing. */
const LONG_AGO = new Date(1980, 0, 1);

export interface OpenedPack extends Runner {
  files: ReadonlyMap<string, string>;
}

/** Whether a file of a runner's folder goes into its pack. */
export function belongsInPack(name: string): boolean {
  return NAME.test(name);
}

export function writePack(files: ReadonlyMap<string, string>): Uint8Array<ArrayBuffer> {
  const names = [...files.keys()].filter(belongsInPack).sort((a, b) => a < b ? -1 : 1);
  const entries = Object.fromEntries(names.map((name) => [name, strToU8(files.get(name)!)]));
  return zipSync(entries, { level: 9, mtime: LONG_AGO, os: 3 }) as Uint8Array<ArrayBuffer>;
}

/** Reads and checks a pack; faults are sentences. Nothing in it is larger than its limits, whatever it says of itself. */
export function openPack(bytes: Uint8Array): OpenedPack | { faults: string[] } {
  if (bytes.length > LARGEST_PACK) return { faults: ["A runner's pack has at most 4 MB; this is larger."] };
  let count = 0;
  let total = 0;
  const strange: string[] = [];
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        total += originalSize;
        if (++count > MOST_FILES || total > LARGEST_CONTENT) throw new Error("too much");
        if (!NAME.test(name)) strange.push(name);
        return NAME.test(name);
      },
    });
  } catch (error) {
    const large = error instanceof Error && error.message === "too much";
    return {
      faults: [
        large ? `It holds more than ${MOST_FILES} files or 32 MB.` : "This is no zip that can be read.",
      ],
    };
  }
  if (strange.length > 0) {
    return {
      faults: [
        `A pack holds JSON files and texts, no folders: ${strange.slice(0, 3).join(", ")} may not be in it.`,
      ],
    };
  }
  const files = new Map(Object.entries(entries).map(([name, content]) => [name, strFromU8(content)]));
  const id = idOf(files.get(MANIFEST_FILE));
  if (id === null) return { faults: [`There is no ${MANIFEST_FILE} with an id in it.`] };
  const runner = checkRunner(id, files);
  return "faults" in runner ? runner : { ...runner, files };
}

/** SHA-256 of a pack, hex: what its makers and its users compare. */
export async function packDigest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function idOf(text: string | undefined): string | null {
  try {
    const id = RunnerManifest.shape.id.safeParse(JSON.parse(text ?? "null")?.id);
    return id.success ? id.data : null;
  } catch {
    return null;
  }
}
