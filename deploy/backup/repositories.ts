import { dirname, join } from "@std/path";
import { run } from "./run.ts";

/**
 * Every repository (of one studio, if it is named) as a Git bundle (all refs, one file) with its config beside it. Their names,
 * `<tenant>/<project>.git`.
 */
export async function saveRepositories(dataDir: string, folder: string, only?: string): Promise<string[]> {
  const root = join(dataDir, "repositories");
  const names: string[] = [];
  for (const tenant of await folders(root)) {
    // Of a studio that is just being deleted.
    if (tenant.startsWith(".") || only !== undefined && tenant !== only) continue;
    for (const project of await folders(join(root, tenant))) {
      if (!project.endsWith(".git") || project.startsWith(".")) continue;
      const [from, to] = [join(root, tenant, project), join(folder, tenant, project)];
      await Deno.mkdir(dirname(to), { recursive: true, mode: 0o700 });
      await run("git", ["--git-dir", from, "bundle", "create", "--quiet", `${to}.bundle`, "--all"]);
      await Deno.copyFile(join(from, "config"), `${to}.config`);
      names.push(`${tenant}/${project}`);
    }
  }
  return names.sort();
}

/** Makes one repository again and has Git check every object of it. Throws when it is there, or is not sound. */
export async function loadRepository(folder: string, dataDir: string, name: string): Promise<void> {
  const [from, to] = [join(folder, name), join(dataDir, "repositories", name)];
  await Deno.mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const quiet = ["--mirror", "--quiet", "--template="];
  await run("git", ["clone", ...quiet, `${from}.bundle`, to]);
  // Its own, not a clone's: what may be pushed, what may be fetched.
  await Deno.copyFile(`${from}.config`, join(to, "config"));
  await run("git", ["--git-dir", to, "fsck", "--full", "--strict", "--no-dangling"]);
}

async function folders(path: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.filter((entry) => entry.isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
