import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { parsePointer } from "../../shared/lfs/pointer.ts";
import type { Project, Session, Take } from "../demo/client.ts";
import { until } from "./farm.ts";

/** Git and Postgres agree: every take is committed once, every pointer resolves to an object of that size and SHA-256, fsck is clean. */
export async function assertAgreement(session: Session, project: Project, dataDir: string): Promise<Take[]> {
  const takes = await until("every take to be committed", async () => {
    const items = await allTakes(session, project);
    return items.every((take) => take.committed) ? items : false;
  });
  const names = takes.map((take) => take.name);
  assert.equal(new Set(names).size, names.length, "no take number was given twice");
  const repository = repositoryOf(project, dataDir);
  await git(repository, "fsck", "--strict");
  const files = (await git(repository, "ls-tree", "-r", "--name-only", "main")).split("\n").filter(Boolean);
  const masters = files.filter((file) =>
    file.startsWith("03_Renders/") && !file.endsWith(".json") && !file.endsWith(".gitkeep")
  );
  assert.deepEqual(
    masters.sort(),
    takes.map((take) => take.path).sort(),
    "the repository holds exactly the takes that Postgres has",
  );
  for (const take of takes) {
    const pointer = parsePointer(await git(repository, "show", `main:${take.path}`));
    assert.deepEqual(pointer, { oid: take.oid, size: take.size });
    await assertStored(session, take.file_url, take);
    const sidecar = JSON.parse(
      await git(repository, "show", `main:${take.path.replace(/\.[^.]+$/, ".json")}`),
    );
    assert.ok(sidecar, "a sidecar lies beside the take");
  }
  return takes;
}

async function allTakes(session: Session, { id }: Project): Promise<Take[]> {
  const takes: Take[] = [];
  for (let next: string | undefined = ""; next !== undefined;) {
    const page: { items: Take[]; next?: string } = await session.call(
      "GET",
      `/projects/${id}/takes?limit=200${next && `&cursor=${encodeURIComponent(next)}`}`,
    );
    takes.push(...page.items);
    next = page.next;
  }
  return takes;
}

export function repositoryOf(project: Project, dataDir: string): string {
  const path = new URL(project.git_url).pathname.replace(/^\/git\//, "");
  return join(dataDir, "repositories", ...path.split("/"));
}

export async function assertStored(
  session: Session,
  url: string,
  expected: { oid: string; size: number },
): Promise<void> {
  const file = await Deno.makeTempFile();
  try {
    await session.download(url, file);
    const bytes = await Deno.readFile(file);
    assert.equal(bytes.length, expected.size);
    assert.equal(createHash("sha256").update(bytes).digest("hex"), expected.oid);
  } finally {
    await Deno.remove(file);
  }
}

export async function git(repository: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["--git-dir", repository, ...args],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`git ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
