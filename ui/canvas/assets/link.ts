/** An address that was dropped or pasted, instead of what lies there. */
export interface Link {
  url: string;
  /** The last part of its path, or what it is of. */
  name: string;
  /** By its ending, or because it is what a picture showed. */
  media: boolean;
}

const MEDIA =
  /\.(?:png|jpe?g|webp|gif|avif|svg|bmp|tiff?|mp4|m4v|mov|webm|mkv|wav|mp3|m4a|aac|flac|ogg|opus)$/i;

/** The address, where a text is one and nothing else; a picture written as text (`data:`) counts. */
export function linkIn(text: string): Link | null {
  const url = text.trim();
  if (/^data:(?:image|video|audio)\//i.test(url)) return { url, name: "picture", media: true };
  if (!/^https?:\/\/\S+$/i.test(url) || !URL.canParse(url)) return null;
  const { pathname, hostname } = new URL(url);
  const name = unescaped(pathname.split("/").at(-1)!) || hostname;
  return { url, name, media: MEDIA.test(pathname) };
}

/** What a drop says of addresses, as its types have it. */
export interface Said {
  html: string;
  uris: string;
}

/** The address in a drop: of the picture that was dragged, else of the link. */
export function linkSaid({ html, uris }: Said): Link | null {
  const shown = new DOMParser().parseFromString(html, "text/html").querySelector("img")?.src;
  const picture = shown ? linkIn(shown) : null;
  if (picture) return { ...picture, media: true };
  const listed = uris.split(/\r?\n/).find((line) => line && !line.startsWith("#"));
  return listed ? linkIn(listed) : null;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
