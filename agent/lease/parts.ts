import type { BatchAction } from "../../shared/lfs/batch.ts";
import { PartReply, PartsReply } from "../../shared/lfs/multipart.ts";
import { digestFile } from "./digest.ts";
import type { Upload } from "./upload.ts";

/** Parts sent at the same time: one alone rarely fills a line to a store far away. */
const AT_ONCE = 3;

export interface PartsOptions {
  signal: AbortSignal;
  /** Bytes that the store has, also those of an earlier try. */
  sent?(bytes: number): void;
  post(url: string, body: unknown): Promise<unknown>;
  put(
    action: BatchAction,
    part: { start: number; size: number },
    sent: (bytes: number) => void,
  ): Promise<void>;
}

/**
 * Sends a file that is too large for one PUT (shared/lfs/multipart.ts). Which parts are missing is asked first, so that whatever broke
 * off, this process or the line, only they are sent. Each goes with its own checksum.
 */
export async function sendParts(file: Upload, href: string, options: PartsOptions): Promise<void> {
  const { oid, size } = file;
  const pointer = { oid, size };
  const { part_size, missing } = readable(PartsReply.safeParse(await options.post(href, pointer)));
  const gone = new Map(missing.map((part) => [part.number, 0]));
  const there = size - missing.reduce((sum, part) => sum + part.size, 0);
  const tell = (number: number, bytes: number) => {
    gone.set(number, bytes);
    options.sent?.(there + [...gone.values()].reduce((sum, each) => sum + each, 0));
  };
  const waiting = [...missing];
  const work = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      const { number } = part;
      const start = (number - 1) * part_size;
      try {
        const { oid: sha256 } = await digestFile(file.path, options.signal, {
          start,
          end: start + part.size,
        });
        const action = readable(
          PartReply.safeParse(await options.post(`${href}/part`, { ...pointer, number, sha256 })),
        );
        await options.put(action, { start, size: part.size }, (bytes) => tell(number, bytes));
      } catch (error) {
        // The others end what they are at, and the next try asks what is missing then.
        waiting.length = 0;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const failed = ended.find((each) => each.status === "rejected");
  if (failed) throw failed.reason;
  await options.post(`${href}/complete`, pointer);
}

function readable<T>(parsed: { success: true; data: T } | { success: false }): T {
  if (parsed.success) return parsed.data;
  throw new Error("the gateway's answer about the parts of an upload cannot be read");
}
