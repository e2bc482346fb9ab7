import type { z } from "zod";

/**
 * Adds one line to a file of JSON Lines, which is made with mode 600. A line that a full disk or a kill cut short before stays alone with its
 * fault: what is added after it would be lost with it.
 */
export async function appendLine(path: string, value: unknown): Promise<void> {
  using file = await Deno.open(path, { read: true, append: true, create: true, mode: 0o600 });
  const { size } = await file.stat();
  let torn = false;
  if (size > 0) {
    const last = new Uint8Array(1);
    await file.seek(-1, Deno.SeekMode.End);
    torn = await file.read(last) === 1 && last[0] !== 0x0a;
  }
  const bytes = new TextEncoder().encode(`${torn ? "\n" : ""}${JSON.stringify(value)}\n`);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** The lines that are of this shape; none where there is no file. */
export async function readLines<T extends z.ZodType>(path: string, schema: T): Promise<z.infer<T>[]> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").flatMap((line) => {
    const parsed = schema.safeParse(parse(line));
    return parsed.success ? [parsed.data] : [];
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
