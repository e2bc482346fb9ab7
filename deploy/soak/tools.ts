import { join } from "@std/path";

/** What `deno task fsck`, or `housekeeping`, says of the studio that these variables name. */
export async function tool(
  name: "fsck" | "housekeeping",
  env: Record<string, string>,
  ...args: string[]
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", join(import.meta.dirname!, "..", name, `${name}.ts`), ...args],
    env: { S3_BUCKET: "", ...env },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}
