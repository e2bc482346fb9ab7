import { z } from "zod";
import { BatchAction } from "./batch.ts";
import { Oid } from "./pointer.ts";

/**
 * Uploads in parts, for objects that are too large for one PUT to the store (5 GiB on S3): a transfer of the studio's own agents,
 * who name it among the `transfers` of their batch. `git lfs` has no such thing and is refused with a sentence.
 *
 * The batch's action `multipart` is where to begin, or to go on after whatever broke off: POST {@link PartsRequest} gives the parts that
 * are still to come. For each of them POST `<href>/part` {@link PartRequest}: a PUT that takes exactly those bytes. When none is
 * left POST `<href>/complete`, then the batch's `verify`. `<href>/abort` gives it up.
 */
export const MULTIPART = "studio-multipart";

export const PartsRequest = z.object({ oid: Oid, size: z.int().min(1) });

export const PartsReply = z.object({
  /** Bytes of every part but the last. */
  part_size: z.int().min(1),
  /** What the store does not have yet, from 1 on. */
  missing: z.array(z.object({ number: z.int().min(1), size: z.int().min(1) })),
});
export type PartsReply = z.infer<typeof PartsReply>;

export const PartRequest = PartsRequest.extend({
  number: z.int().min(1).max(10_000),
  /** SHA-256 of the part's bytes. */
  sha256: Oid,
});

export const PartReply = BatchAction;

/** Bytes of a part: the last is what remains. */
export function sizeOfPart(number: number, { size, part_size }: { size: number; part_size: number }): number {
  return Math.min(part_size, size - (number - 1) * part_size);
}
