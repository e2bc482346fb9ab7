import type { ImportedProject } from "../../shared/api/archive.ts";
import { api } from "../api.ts";
import { openUploads } from "../canvas/assets/uploads.ts";
import { type Dropped, isZip } from "./dropped.ts";
import { sendZip, type Stage } from "./send_zip.ts";

export type Brought = ImportedProject;

interface Options {
  signal: AbortSignal;
  tell: (stage: Stage) => void;
}

/** A film out of a zip, or a new one with the files of a folder. Throws a sentence. */
export async function bringFilm(dropped: Dropped, options: Options): Promise<Brought> {
  const { files, folder } = dropped;
  const zips = files.filter(isZip);
  if (zips.length === 0 && files.length) return await beginWith(files, folder ?? "Imported media", options);
  if (zips.length !== 1 || files.length !== 1) {
    throw new Error(
      files.length ? "Drop one zip, or one folder of media, at a time." : "There is no file in it.",
    );
  }
  const name = new URLSearchParams({ name: zips[0]!.name });
  return await sendZip<ImportedProject>(`/api/projects/import?${name}`, zips[0]!, options);
}

/** Each file on its own way, as if it had been dropped on the canvas. */
async function beginWith(files: File[], title: string, { signal, tell }: Options): Promise<Brought> {
  tell({ words: "Beginning a film", part: null });
  const project = await api.createProject({
    title: title.trim().slice(0, 120) || "Imported media",
    fps: "24",
    width: 1280,
    height: 720,
  });
  using uploads = openUploads(() => project);
  let done = 0;
  const say = () => tell({ words: `${done} of ${files.length} files`, part: done / files.length });
  say();
  const stop = () => uploads.list.value.forEach((each) => each.dismiss());
  signal.addEventListener("abort", stop);
  await Promise.all(files.map(async (file) => {
    await uploads.bring(file, { name: file.name });
    done++;
    say();
  }));
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  const refused = uploads.list.value.flatMap(({ name, state }) =>
    state.value.kind === "failed" ? [{ name, sentence: state.value.sentence }] : []
  );
  if (refused.length === files.length) {
    await api.updateProject(project.id, { archived: true });
    throw new Error(`Nothing in "${title}" can be used. ${refused[0]!.sentence}`);
  }
  return { project, missing: 0, refused };
}

/** The system's dialog for a zip, or for a folder. */
export function choose(folder: boolean, then: (dropped: Dropped) => void): void {
  const input = document.createElement("input");
  input.type = "file";
  if (folder) input.webkitdirectory = true;
  else input.accept = ".zip,application/zip";
  input.onchange = () => {
    const files = [...input.files ?? []].filter((file) => !file.name.startsWith("."));
    then({ files, folder: folder ? files[0]?.webkitRelativePath.split("/")[0] ?? null : null });
  };
  input.click();
}
