import assert from "node:assert/strict";
import { ProjectFiles } from "../../shared/api/files.ts";
import type { StudioEvent } from "../../shared/events/events.ts";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { png } from "../assets/testing.ts";
import { share } from "../git/sharing.ts";
import { mustGit } from "../git/testing.ts";
import { cloneOf } from "../pushes/testing.ts";

Deno.test("what a push brings into a project's folders is told at once, listed with its pictures, and found", async () => {
  await using it = await share();
  const { world: test, project } = it;
  const { studio } = test;
  const heard: StudioEvent[] = [];
  using _ear = studio.events.subscribe(
    { tenant_id: project.tenant_id, project_id: project.id },
    (event) => heard.push(event),
  );
  const list = async (query = "", as: "owner" | "viewer" = "viewer") => {
    const answer = await test.request(`/api/projects/${project.id}/files?${query}`, {}, as);
    assert.equal(answer.status, 200, await answer.clone().text());
    return ProjectFiles.parse(await answer.json());
  };
  assert.deepEqual((await list()).folders, [
    { path: "01_Assets", name: "01_Assets", files: 0 },
    { path: "04_Project_Files", name: "04_Project_Files", files: 0 },
  ]);

  const plate = await studio.lfs.store(project, png(16, 16, 5));
  const clone = await cloneOf(it);
  await clone.commit({
    "01_Assets/Images/Lamp room/plate.png": writePointer(plate),
    "04_Project_Files/notes.txt": "Fog from the left",
    "02_Source_Creative/script.md": "INT. LAMP ROOM",
  });
  await mustGit(clone.path, ["push", "--quiet"]);
  await studio.git.settle(project.id);
  assert.deepEqual(heard.filter((event) => event.type === "files"), [
    { type: "files", commit: (await mustGit(clone.path, ["rev-parse", "HEAD"])).trim() },
  ]);

  assert.deepEqual((await list("folder=01_Assets/Images")).folders, [
    { path: "01_Assets/Images/Lamp room", name: "Lamp room", files: 1 },
  ]);
  const [file] = (await list("folder=01_Assets/Images/Lamp room")).files;
  assert.deepEqual([file!.name, file!.picture, file!.oid, file!.size], [
    "plate.png",
    true,
    plate.oid,
    plate.size,
  ]);
  const picture = await test.request(file!.thumbnail_url!, {}, "viewer");
  assert.equal(picture.status, 302);
  const found = await list("search=NOTES");
  assert.deepEqual(found.files.map((each) => [each.path, each.picture, each.size]), [
    ["04_Project_Files/notes.txt", false, 17],
  ]);
  assert.deepEqual((await list("search=script")).files, []);
  for (const folder of ["02_Source_Creative", "..", "01_Assets/../project.json"]) {
    const answer = await test.request(
      `/api/projects/${project.id}/files?folder=${encodeURIComponent(folder)}`,
    );
    const empty = answer.status === 404 || (await answer.json()).files.length === 0;
    assert.ok(empty, folder);
  }
  const other = await test.secondTenant();
  assert.equal((await other.request(`/api/projects/${project.id}/files`)).status, 404);
});
