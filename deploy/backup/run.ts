/** Runs a program to its end. Throws with what it said when it failed; arguments never pass a shell. */
export async function run(
  program: string,
  args: string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    ...options,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (success) return;
  const text = new TextDecoder();
  const said = (text.decode(stderr) || text.decode(stdout)).trim().split("\n").slice(-5).join("\n");
  throw new Error(`Cannot run ${program} ${args[0]}: ${said}`);
}
