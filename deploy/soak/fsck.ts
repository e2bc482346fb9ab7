import { join } from "@std/path";

const PROGRAM = join(import.meta.dirname!, "..", "fsck", "fsck.ts");

/** What `deno task fsck` says of the studio that these variables name. */
export async function fsck(env: Record<string, string>): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", PROGRAM],
    env: { S3_BUCKET: "", ...env },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}
