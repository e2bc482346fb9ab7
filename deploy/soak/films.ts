import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Export, Project, Session, Take } from "../demo/client.ts";
import type { Cut } from "./director.ts";

/** Of the pictures that are compared: small, and large enough that two frames of a clip differ. */
const WIDTH = 96, HEIGHT = 54;
/** Mean difference of grey levels: what an encoder makes of the same picture, and far less than between two frames of the crew's clips. */
const ALIKE = 4;

/**
 * Every film that its director cut is there, plays to its end, has as many frames as the timeline, and each frame is the one of the take
 * that the timeline says. Looks at the bytes that the studio hands out. Rejects with the first film of which that is not so.
 */
export async function assertFilms(session: Session, project: Project, films: Cut[]): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "studio-films-" });
  const pictures = new Map<string, Promise<Uint8Array>>();
  const picturesOf = (take: string) => {
    const known = pictures.get(take) ?? (async () => {
      const { file_url } = await session.call<Take>("GET", `/projects/${project.id}/takes/${take}`);
      const path = join(folder, take);
      await session.download(file_url, path);
      return await decode(path);
    })();
    pictures.set(take, known);
    return known;
  };
  try {
    for (const film of films) {
      const row = await session.call<Export>("GET", `/projects/${project.id}/renders/${film.id}`);
      const path = join(folder, film.id);
      await session.download(row.film_url, path);
      const frames = film.shows.reduce((sum, each) => sum + each.frames, 0);
      assert.equal(row.frames, frames, `${row.name}: the studio lists another length than the timeline's`);
      assert.equal(await count(path), frames, `${row.name}: as ffprobe counts the frames of the file`);
      const shown = await decode(path);
      assert.equal(shown.length, frames * WIDTH * HEIGHT, `${row.name}: as a player decodes it`);
      let at = 0;
      for (const { take, from, frames } of film.shows) {
        const of = await picturesOf(take);
        for (let frame = 0; frame < frames; frame++, at++) {
          const far = distance(shown, at, of, from + frame);
          assert.ok(far < ALIKE, `${row.name}: frame ${at} is not frame ${from + frame} of ${take} (${far})`);
        }
      }
      await Deno.remove(path);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Mean difference of two frames' grey levels; infinite when there is no such frame. */
function distance(a: Uint8Array, nth: number, b: Uint8Array, other: number): number {
  const size = WIDTH * HEIGHT;
  if ((nth + 1) * size > a.length || (other + 1) * size > b.length) return Infinity;
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.abs(a[nth * size + i]! - b[other * size + i]!);
  return sum / size;
}

/** All frames, small and grey, in the order in which a player shows them. */
async function decode(path: string): Promise<Uint8Array> {
  const scale = ["-vf", `scale=${WIDTH}:${HEIGHT}:flags=area,format=gray`, "-fps_mode", "passthrough"];
  return await output("ffmpeg", ["-v", "error", "-xerror", "-i", path, ...scale, "-f", "rawvideo", "-"]);
}

async function count(path: string): Promise<number> {
  const ask = ["-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames"];
  const text = await output("ffprobe", ["-v", "error", ...ask, "-of", "csv=p=0", path]);
  return Number(new TextDecoder().decode(text).trim());
}

async function output(program: string, args: string[]): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}
