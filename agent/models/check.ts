import type { ModelFile } from "../../shared/runners/manifest.ts";
import { digestFile } from "../lease/digest.ts";
import { ModelError, plausibleSize } from "./reply.ts";
import { incomplete } from "./whole.ts";

/** How a file was found to be the right one: by its hash, by the sizes that it itself speaks of, or by its size alone. */
export type Checked = "sha256" | "structure" | "size";

export interface Brought {
  checked: Checked;
  /** Of what came, hex: written down and told, whether anybody states it or not. */
  sha256: string;
  /** Who says that it should be so, `earlier` being this machine; null: nobody, it is taken on trust. */
  stated: "manifest" | "source" | "earlier" | null;
}

/** All of it came, and it is not the file. Once may be an accident on the way. */
export class Mismatch extends ModelError {}

/**
 * Whether what lies at `path` is the file. The hash of its manifest counts most, then that of its source. Where neither is known: what the
 * file says of itself, and that it is what came from there the first time. Mismatch when it is not.
 */
export async function checkWhole(
  model: ModelFile,
  path: string,
  told: { url: string; total: number | null; sha256: string | null },
  { earlier = null, signal }: { earlier?: string | null; signal: AbortSignal },
): Promise<Brought> {
  const { size } = await Deno.stat(path);
  const fault = sizeFault(model, size, told.total) ?? await incomplete(path);
  if (fault !== null) throw new Mismatch(fault, { final: false });
  const { oid } = await digestFile(path, signal);
  const wanted = model.sha256 ?? told.sha256;
  if (wanted !== null) {
    if (oid === wanted) {
      return { checked: "sha256", sha256: oid, stated: model.sha256 ? "manifest" : "source" };
    }
    throw new Mismatch(`its SHA-256 is ${short(oid)} where it should be ${short(wanted)}`, { final: false });
  }
  if (earlier === oid) return { checked: "sha256", sha256: oid, stated: "earlier" };
  if (earlier !== null) {
    throw new Mismatch(
      `${new URL(told.url).host} states no hash, and what came has the SHA-256 ${short(oid)} where it had ${
        short(earlier)
      } the first time; ask its maker which is right, and if the new one is, fetch it with --changed`,
      { final: true },
    );
  }
  return { checked: model.file.endsWith(".safetensors") ? "structure" : "size", sha256: oid, stated: null };
}

export function sizeFault(model: ModelFile, size: number | null, told: number | null): string | null {
  if (size === null) return null;
  if (told !== null && told !== size) return `it is said to have ${told} bytes, and ${size} are sent`;
  return plausibleSize(model.size, size)
    ? null
    : `it has ${size} bytes where the runner's manifest says ${model.size}: it is another file`;
}

/** Of a digest, as much as a person compares. */
export function short(digest: string): string {
  return `${digest.slice(0, 16)}…`;
}
