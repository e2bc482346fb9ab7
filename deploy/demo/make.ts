import { join } from "@std/path";
import type { StudioEvent } from "../../shared/events/events.ts";
import { ASSEMBLER, demoGraph, SHOTS, STILL, TAKES } from "./film.ts";
import type { Export, JobView, Project, Session, Take } from "./client.ts";
import type { Teller } from "./teller.ts";

export interface Made {
  project: Project;
  film: Export;
  takes: Take[];
  /** Copies of film and EDL on this machine. */
  filmPath: string;
  edlPath: string;
}

/** Makes the demo's film from nothing to MP4 over the public API alone. `folder` receives the film and its EDL. */
export async function makeFilm(session: Session, folder: string, tell: Teller): Promise<Made> {
  const project = await session.call<Project>("POST", "/projects", {
    title: "The Lighthouse Keeper",
    description: "Made by `deno task demo`.",
    fps: "24",
    width: 1280,
    height: 720,
  });
  tell.step(`Project "${project.title}", ${project.width} × ${project.height} at ${project.fps} fps`);
  await session.call("PUT", `/projects/${project.id}/canvas`, { graph: demoGraph() });
  tell.step(`Canvas: an asset, a still, ${SHOTS.length} shots in a chain, an assembler`);

  using watch = watchJobs(session, project.id, tell);
  const submit = async (node: string) =>
    (await session.call<{ jobs: JobView[] }>("POST", `/projects/${project.id}/jobs`, {
      node_id: node,
      takes: TAKES,
    })).jobs;
  // The shot that begins with the still needs its take first.
  await watch.finished(await submit(STILL));
  const jobs: JobView[] = [];
  for (const shot of SHOTS) jobs.push(...await submit(shot.id));
  await watch.finished(jobs);

  const takes =
    (await session.call<{ items: Take[] }>("GET", `/projects/${project.id}/takes?limit=200`)).items;
  for (const shot of SHOTS) {
    const chosen = takes.find((take) => take.node_id === shot.id && take.take === shot.active)!;
    await session.call("POST", `/projects/${project.id}/takes/${chosen.id}/activate`);
  }
  tell.step(
    `${takes.length} takes; in the film: ${
      SHOTS.map((shot) => `${shot.shot} take ${shot.active}`).join(", ")
    }`,
  );

  const { job, export: reserved } = await session.call<{ job: JobView; export: Export }>(
    "POST",
    `/projects/${project.id}/renders`,
    { assembler: ASSEMBLER },
  );
  await watch.finished([job]);
  const film = await committed(session, project.id, reserved.id);
  // A folder of its own for each project: the demo may run twice, and nothing is overwritten.
  const own = join(folder, project.slug);
  await Deno.mkdir(own, { recursive: true });
  const filmPath = join(own, `${film.name}.mp4`);
  const edlPath = join(own, `${film.name}.edl`);
  await session.download(film.film_url, filmPath);
  await session.download(film.edl_url, edlPath);
  tell.step(`Film ${film.name}: ${film.frames} frames`);
  const all = (await session.call<{ items: Take[] }>("GET", `/projects/${project.id}/takes?limit=200`)).items;
  return { project, film, takes: all, filmPath, edlPath };
}

/** Resolves once the film and every take are in the repository. */
async function committed(session: Session, projectId: string, exportId: string): Promise<Export> {
  for (let attempt = 0; attempt < 150; attempt++) {
    const film = await session.call<Export>("GET", `/projects/${projectId}/renders/${exportId}`);
    const takes =
      (await session.call<{ items: Take[] }>("GET", `/projects/${projectId}/takes?limit=200`)).items;
    if (film.committed && takes.every((take) => take.committed)) return film;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(
    "The film was rendered, but is not in the repository after 30 s; look at the gateway's log",
  );
}

interface Watch extends Disposable {
  /** Resolves when all these jobs have succeeded; rejects with the first's reason when one has not. */
  finished(jobs: JobView[]): Promise<void>;
}

function watchJobs(session: Session, projectId: string, tell: Teller): Watch {
  const known = new Map<string, JobView>();
  const changed = new EventTarget();
  const learn = (job: JobView) => {
    known.set(job.id, job);
    tell.job(job);
  };
  const heard = (event: StudioEvent) => {
    if (event.type === "state") event.jobs.forEach(learn);
    if (event.type === "job") learn(event.job);
    if (event.type === "progress" && known.has(event.job_id)) tell.progress(event.job_id, event.progress);
    if (event.type === "notice") tell.notice(event.notice.sentence);
    changed.dispatchEvent(new Event("change"));
  };
  const listening = session.events(projectId, heard);
  return {
    finished(jobs) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const now = jobs.map((job) => known.get(job.id));
          const bad = now.find((job) => job?.state === "failed" || job?.state === "cancelled");
          if (bad) reject(new Error(`${bad.title}: ${bad.error?.message ?? bad.state}`));
          else if (now.every((job) => job?.state === "succeeded")) resolve();
          else return;
          changed.removeEventListener("change", look);
        };
        changed.addEventListener("change", look);
        look();
      });
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
