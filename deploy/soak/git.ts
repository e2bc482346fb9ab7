/** Runs git in a folder, as a person with a home of their own: what it said, and whether it went through. */
export function runIn(
  folder: string,
  name: string,
  home = folder,
): (...args: string[]) => Promise<{ ok: boolean; said: string }> {
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: home,
    LC_ALL: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: `${name}@example.org`,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: `${name}@example.org`,
  };
  return async (...args) => {
    const { success, stdout, stderr } = await new Deno.Command("git", {
      // A line that is dead is given up by git after half a minute without a byte.
      args: ["-c", "http.lowSpeedTime=30", "-c", "http.lowSpeedLimit=1", ...args],
      cwd: folder,
      clearEnv: true,
      env,
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { ok: success, said: text.decode(stdout) + text.decode(stderr) };
  };
}
