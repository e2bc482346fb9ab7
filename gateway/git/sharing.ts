import type { ProjectRow } from "../projects/mod.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";

export type Name = "owner" | "artist" | "viewer";

export interface Share extends AsyncDisposable {
  world: TestStudio;
  folder: string;
  /** The project's URL with a person's token in it, as a password. */
  url(as: Name | "nobody"): string;
  project: ProjectRow;
  gitDir: string;
}

/** A studio that listens, a project, and a folder for clones. */
export async function share(): Promise<Share> {
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "studio-clone-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const world = opened.use(await openTestStudio());
  const base = new URL(await world.serve());
  const project = await world.makeProject("The Lighthouse Keeper");
  const stack = opened.move();
  return {
    world,
    folder,
    project,
    gitDir: world.studio.git.path(project),
    url(as) {
      const url = new URL(`/git/${project.tenant_slug}/${project.slug}.git`, base);
      if (as !== "nobody") {
        url.username = as;
        url.password = world.tokens[as];
      }
      return url.href;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
