import type { Workspace } from "../../workspace.ts";

/** Pixels across that a picture is kept with: a tile is at most this large, also on a sharp screen. */
const WIDTH = 128;
/** Pictures that come at the same time; the others wait, and the studio has time for what a person does. */
const AT_ONCE = 6;

/** Small pictures of takes, for painting. */
export interface Posters {
  /** The take's picture if it is here. Else it is fetched, and `arrived` is called. */
  of(take: string, url: string): ImageBitmap | null;
  /** Called whenever a picture has come; null while nobody looks. */
  arrived: (() => void) | null;
}

const kept = new WeakMap<Workspace, Posters>();

/** A film's pictures, kept while it is open: zooming in and out again fetches none of them twice. */
export function postersOf(workspace: Workspace): Posters {
  let posters = kept.get(workspace);
  if (!posters) kept.set(workspace, posters = createPosters());
  return posters;
}

function createPosters(): Posters {
  const known = new Map<string, ImageBitmap | null>();
  const waiting: [take: string, url: string][] = [];
  let coming = 0;
  const posters: Posters = {
    of(take, url) {
      const found = known.get(take);
      if (found !== undefined) return found;
      known.set(take, null);
      waiting.push([take, url]);
      next();
      return null;
    },
    arrived: null,
  };
  function next(): void {
    // What was asked for last is what is looked at.
    while (coming < AT_ONCE && waiting.length) {
      const [take, url] = waiting.pop()!;
      coming++;
      small(url).then((picture) => {
        known.set(take, picture);
        posters.arrived?.();
      }, () => {
        // The tile stays without; opening its node says why.
      }).finally(() => {
        coming--;
        next();
      });
    }
  }
  return posters;
}

async function small(url: string): Promise<ImageBitmap> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return await createImageBitmap(image, { resizeWidth: WIDTH, resizeQuality: "medium" });
}
