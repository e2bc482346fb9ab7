/** Pixels of the longer side of a mask: models stretch it to the picture, and a browser keeps up with this. */
const LONGEST = 4096;

export interface Opened {
  picture: { width: number; height: number };
  mask: { width: number; height: number };
  /** The mask that was saved before; null when there is none. */
  before: ImageBitmap | null;
}

/** Loads what is painted over, and the mask that is painted on. Throws a sentence. */
export async function openSource(source: string, mask: string | null): Promise<Opened> {
  const image = new Image();
  image.src = source;
  try {
    await image.decode();
  } catch (cause) {
    throw new Error("The source picture cannot be opened; look at it on its node.", { cause });
  }
  const picture = { width: image.naturalWidth, height: image.naturalHeight };
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  return {
    picture,
    mask: { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) },
    before: mask ? await openMask(mask) : null,
  };
}

async function openMask(url: string): Promise<ImageBitmap> {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`The store answered ${answer.status}`);
    return await createImageBitmap(await answer.blob());
  } catch (cause) {
    throw new Error("The mask of this node cannot be opened. Remove it on the node to begin a new one.", {
      cause,
    });
  }
}
