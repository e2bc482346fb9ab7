import { headerBytes } from "./reply.ts";

/**
 * Whether a safetensors file has every byte that its own header speaks of (8 bytes of length, JSON, then tensors by offset): all that
 * can be checked where no hash is known. A sentence where not. Other formats are not looked into.
 */
export async function incomplete(path: string): Promise<string | null> {
  if (!/\.safetensors(\.part)?$/.test(path)) return null;
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const first = new Uint8Array(8);
  if (size < 16 || !await fill(file, first)) return "it is too short for a safetensors file";
  const header = headerBytes(first);
  if (header < 2 || header > Math.min(size - 8, 200_000_000)) return "its header is damaged";
  const json = new Uint8Array(header);
  await fill(file, json);
  const end = lastByte(new TextDecoder().decode(json));
  if (end === null) return "its header is damaged";
  return end === size - 8 - header
    ? null
    : `its header speaks of ${end + 8 + header} bytes, and it has ${size}`;
}

function lastByte(json: string): number | null {
  try {
    const tensors = JSON.parse(json) as Record<string, { data_offsets?: [number, number] }>;
    return Object.entries(tensors).reduce(
      (end, [name, tensor]) => name === "__metadata__" ? end : Math.max(end, tensor.data_offsets![1]),
      0,
    );
  } catch {
    return null;
  }
}

async function fill(file: Deno.FsFile, into: Uint8Array): Promise<boolean> {
  for (let at = 0; at < into.length;) {
    const read = await file.read(into.subarray(at));
    if (read === null) return false;
    at += read;
  }
  return true;
}
