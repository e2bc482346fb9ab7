/** Adds the bytes of a file to the end of another, which is made when it is not there. */
export async function appendFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
  using source = await Deno.open(from, { read: true });
  using target = await Deno.open(to, { append: true, create: true });
  const buffer = new Uint8Array(1 << 20);
  for (let read = await source.read(buffer); read !== null; read = await source.read(buffer)) {
    signal?.throwIfAborted();
    await writeAll(target, buffer.subarray(0, read));
  }
}

/** Adds `from` to an open file where it stands, at most `limit` bytes. */
export async function writeFrom(
  from: string,
  target: Deno.FsFile,
  limit: number,
  signal?: AbortSignal,
): Promise<void> {
  using source = await Deno.open(from, { read: true });
  const buffer = new Uint8Array(1 << 20);
  let left = limit;
  while (left > 0) {
    signal?.throwIfAborted();
    const read = await source.read(buffer.subarray(0, Math.min(buffer.length, left)));
    if (read === null) return;
    await writeAll(target, buffer.subarray(0, read));
    left -= read;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}
