import { say } from "../../state/toasts.ts";
import { addNote } from "../paste.ts";
import type { Workspace } from "../workspace.ts";
import { type Link, linkSaid, type Said } from "./link.ts";
import { bringFiles, type Place } from "./place.ts";

/**
 * What lies at an address, as a file of the film: a picture that is written in the address itself, or media of this studio. The page's
 * Content-Security-Policy lets it read from nowhere else, and the studio does not go to addresses on anybody's behalf: another site's is
 * kept as a note, with what to do.
 */
export async function bringLink(workspace: Workspace, link: Link, place: Place): Promise<void> {
  const file = link.url.startsWith("data:") ? written(link) : await ours(link);
  if (file) return await bringFiles(workspace, [file], place);
  if (link.url.startsWith("data:")) {
    return say("That picture is not whole. Save it to this computer, then drop the file here.", {
      level: "broken",
    });
  }
  if (!addNote(workspace, link.url, "Add a link", place.position) || !link.media) return;
  say(
    `The studio fetches nothing from other sites. Save ${
      short(link.name)
    } to this computer, then drop the file here. ` +
      "Its address is kept as a note.",
  );
}

/** What a drop without files says: its address, if it has one. */
export async function bringSaid(workspace: Workspace, said: Said, place: Place): Promise<void> {
  const link = linkSaid(said);
  if (link) await bringLink(workspace, link, place);
}

/** Media of this studio, such as a take's picture that is dragged from another window of it. */
async function ours({ url, name }: Link): Promise<File | null> {
  if (new URL(url).origin !== location.origin) return null;
  const response = await fetch(url).catch(() => null);
  const blob = response?.ok ? await response.blob() : null;
  return blob && /^(?:image|video|audio)\//.test(blob.type)
    ? new File([blob], named(name, blob.type), { type: blob.type })
    : null;
}

/** `data:image/png;base64,…`: read here, as no policy lets it be fetched. */
function written({ url, name }: Link): File | null {
  const [, type, base64, body] = /^data:([^;,]+)[^,]*?(;base64)?,(.*)$/is.exec(url) ?? [];
  if (!type || body === undefined) return null;
  try {
    const text = base64 ? atob(decodeURIComponent(body)) : decodeURIComponent(body);
    const bytes = base64
      ? Uint8Array.from(text, (char) => char.charCodeAt(0))
      : new TextEncoder().encode(text);
    return new File([bytes], named(name, type), { type });
  } catch {
    return null;
  }
}

function named(name: string, type: string): string {
  return /\.\w{1,5}$/.test(name) ? name : `${name}.${type.split("/")[1]!.split("+")[0]}`;
}

function short(name: string): string {
  return name.length > 60 ? `${name.slice(0, 57)}…` : name;
}
