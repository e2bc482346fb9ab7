import { join } from "@std/path";
import { uuidv7 } from "../../shared/ids.ts";
import { parseConfig } from "../config.ts";
import { createLog } from "../http/log.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { openTestDatabase } from "../testing/database.ts";
import { createGit, type GitOptions } from "./git.ts";
import type { GitRoom, OutboxWriter, OutboxWriters } from "./mod.ts";
import { gitEnvironment } from "./process.ts";

/** Repositories and an outbox with nothing around them: writers are the test's. */
export interface GitWorld extends AsyncDisposable {
  studio: Studio;
  git: GitRoom;
  dataDir: string;
  lines: string[];
  makeProject(): Promise<ProjectRow>;
  /** Another gateway on the same database and volume. */
  anotherGateway(writers?: Partial<OutboxWriters>): GitRoom;
}

export const MANIFEST = '{\n  "schema": 1\n}\n';

const silent: OutboxWriter = {
  changes: () => Promise.resolve(null),
  committed: () => Promise.resolve(),
};

export async function openGitWorld(
  writers: Partial<OutboxWriters> = {},
  options: GitOptions = {},
): Promise<GitWorld> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await Deno.makeTempDir({ prefix: "studio-git-" });
  opened.defer(() => Deno.remove(dataDir, { recursive: true }));
  const db = opened.use(await openTestDatabase());
  const lines: string[] = [];
  const projects = new Map<string, ProjectRow>();
  const studio = {
    config: parseConfig({ STUDIO_DATA: dataDir }),
    log: createLog({ terminal: false, write: (line) => lines.push(line) }),
    db,
    pushes: {
      absorb: () => Promise.resolve(),
      waiting: () => Promise.resolve([]),
      branchesWaiting: () => Promise.resolve([]),
    },
    branches: { refOf: (_: unknown, name: string) => Promise.resolve(name) },
    projects: { byId: (_: unknown, id: string) => Promise.resolve(projects.get(id) ?? null) },
  } as unknown as Studio;
  const tenant = { id: uuidv7(), slug: "harbour", name: "Harbour" };
  await db.sql`insert into tenants ${db.sql(tenant)}`;
  const gateway = (given: Partial<OutboxWriters> = {}) =>
    createGit(studio, { take: silent, export: silent, manifest: silent, asset: silent, ...given }, {
      gatherMs: 5,
      backoffMs: 20,
      tickMs: 200,
      quietS: 0,
      ...options,
    });
  const git = opened.use(gateway(writers));
  const stack = opened.move();
  return {
    studio,
    git,
    dataDir,
    lines,
    anotherGateway: (given) => stack.use(gateway(given)),
    async makeProject() {
      const id = uuidv7();
      const [row] = await db.sql<ProjectRow[]>`
        insert into projects (id, tenant_id, slug, title, fps, width, height, quality, fallback)
        values (${id}, ${tenant.id}, ${`Film-${id.slice(-6)}`}, 'Film', '24', 1280, 720, 'standard', 'lower')
        returning *`;
      const project = { ...row!, tenant_slug: tenant.slug, branch: "main" };
      projects.set(id, project);
      await git.createRepository(project, MANIFEST);
      return project;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Runs a person's git, in `cwd`, with a name and nothing of this machine's configuration. */
export async function runGit(
  cwd: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const output = await new Deno.Command("git", {
    args: ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", ...args],
    cwd,
    clearEnv: true,
    env: { ...gitEnvironment(join(cwd, "x")), GIT_LFS_SKIP_SMUDGE: "1", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code: output.code, out: text.decode(output.stdout), err: text.decode(output.stderr) };
}

/** As {@link runGit}; a failure throws what git said. */
export async function mustGit(cwd: string, args: string[], env?: Record<string, string>): Promise<string> {
  const { code, out, err } = await runGit(cwd, args, env);
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${err}${out}`);
  return out;
}

/** Paths of a branch's tree. */
export async function treeOf(gitDir: string, branch = "main"): Promise<string[]> {
  return (await mustGit(gitDir, ["ls-tree", "-r", "-z", "--name-only", branch])).split("\0").filter(Boolean);
}

export async function commitCount(gitDir: string): Promise<number> {
  return Number(await mustGit(gitDir, ["rev-list", "--count", "main"]));
}

/** Polls until it holds; the deadline is generous because test machines are busy. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
