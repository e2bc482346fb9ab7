import { join } from "@std/path";
import { importOf } from "../../gateway/git/mod.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import type { Finding } from "./finding.ts";
import { checkLibrary, type LibraryToCheck } from "./library_checks.ts";
import { checkProject, type Looked } from "./project_checks.ts";

/** Everything that does not fit, project by project, and in the libraries; `looked` counts the projects. */
export async function checkStudio(
  studio: Looked,
  dataDir: string,
): Promise<{ looked: number; findings: Finding[] }> {
  const projects = await studio.db.sql<ProjectRow[]>`
    select p.*, t.slug as tenant_slug from projects p join tenants t on t.id = p.tenant_id order by t.slug, p.slug`;
  const root = join(dataDir, "repositories");
  const findings: Finding[] = [];
  const known = new Set<string>();
  for (const project of projects) {
    const gitDir = join(root, project.tenant_slug, `${project.slug}.git`);
    known.add(gitDir);
    findings.push(...await checkProject(studio, project, gitDir));
  }
  const libraries = await studio.db.sql<LibraryToCheck[]>`
    select l.id, l.tenant_id, l.read_sha, t.slug as tenant_slug
    from libraries l join tenants t on t.id = l.tenant_id order by t.slug`;
  for (const library of libraries) {
    const gitDir = join(root, library.tenant_slug, "Library.git");
    known.add(gitDir);
    findings.push(...await checkLibrary(studio, library, gitDir));
  }
  for await (const path of repositories(root)) {
    if (known.has(path)) continue;
    if (await importOf(path) !== null) {
      findings.push({
        level: "note",
        about: path,
        sentence: "This repository was brought in by an import that never ended.",
        advice: "`deno task housekeeping --remove` clears it away a day after that; import the zip again.",
      });
      continue;
    }
    findings.push({
      level: "note",
      about: path,
      sentence: "This repository belongs to no project of the database.",
      advice: "If the database was restored from an older backup, restore a newer one; else keep it aside.",
    });
  }
  return { looked: projects.length, findings };
}

async function* repositories(root: string): AsyncGenerator<string> {
  for (const tenant of await folders(root)) {
    for (const name of await folders(join(root, tenant))) {
      if (name.endsWith(".git") && !name.startsWith(".making-")) yield join(root, tenant, name);
    }
  }
}

async function folders(path: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
