import { dirname } from "@std/path";

export interface GitResult {
  code: number;
  stdout: Uint8Array;
  stderr: string;
}

export class GitError extends Error {
  override name = "GitError";
  readonly stderr: string;
  constructor(message: string, stderr: string) {
    super(stderr ? `${message}: ${stderr.trim()}` : message);
    this.stderr = stderr;
  }
}

export interface GitOptions {
  /** Bare repository, passed as --git-dir: nothing is discovered from the working directory. */
  gitDir?: string;
  stdin?: Uint8Array;
  /** Variables on top of {@link gitEnvironment}, e.g. where the objects of a push wait. */
  env?: Record<string, string>;
  /** @default 120_000 Milliseconds until the child is ended: a repository volume that hangs must not stop the studio. */
  timeoutMs?: number;
}

/**
 * The whole environment of every git child: no user's or machine's configuration reaches it, and it never asks a person.
 * `safe.directory` because the repository volume may belong to another uid than the gateway.
 */
export function gitEnvironment(repository: string): Record<string, string> {
  return {
    // The one variable read outside main.ts: where the machine keeps git is not the studio's configuration.
    PATH: Deno.env.get("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: dirname(repository),
    LC_ALL: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: repository,
  };
}

/** Runs git to its end. Throws only when it cannot be started or took too long; the caller judges `code`. */
export async function tryGit(args: string[], options: GitOptions = {}): Promise<GitResult> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? 120_000);
  const child = new Deno.Command("git", {
    args: options.gitDir ? [`--git-dir=${options.gitDir}`, ...args] : args,
    env: { ...gitEnvironment(options.gitDir ?? "/"), ...options.env },
    clearEnv: true,
    stdin: options.stdin ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  const [, output] = await Promise.all([feed(child, options.stdin), child.output()]);
  const stderr = new TextDecoder().decode(output.stderr);
  if (signal.aborted) throw new GitError(`git ${args[0]} did not end in time and was stopped`, stderr);
  return { code: output.code, stdout: output.stdout, stderr };
}

/** As {@link tryGit}, and any failure is a {@link GitError} with what git said. */
export async function git(args: string[], options: GitOptions = {}): Promise<string> {
  const result = await tryGit(args, options);
  if (result.code !== 0) {
    throw new GitError(`git ${args[0]} failed (exit status ${result.code})`, result.stderr);
  }
  return new TextDecoder().decode(result.stdout);
}

/** A git whose input and output are streamed; the caller reads it to its end and judges its status. */
export function spawnGit(
  args: string[],
  { gitDir, env }: { gitDir: string; env?: Record<string, string> },
): Deno.ChildProcess {
  return new Deno.Command("git", {
    args: [`--git-dir=${gitDir}`, ...args],
    env: { ...gitEnvironment(gitDir), ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** A child that ends early closes the pipe; its exit status says why, so the broken pipe itself is no news. */
async function feed(child: Deno.ChildProcess, stdin: Uint8Array | undefined): Promise<void> {
  if (!stdin) return;
  const writer = child.stdin.getWriter();
  try {
    await writer.write(stdin);
    await writer.close();
  } catch {
    // see above
  }
}
