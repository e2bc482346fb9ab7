import type { Asset } from "../../../shared/assets/asset.ts";
import { api } from "../../api.ts";

/** Sound files of a project that are offered, the newest. */
const MOST = 500;
const READS_WITHIN_MS = 10_000;

/** The project's audio, newest first. */
export async function loadSounds(project: string): Promise<Asset[]> {
  const found: Asset[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.assets(project, { folder: "Audio", ...(cursor ? { cursor } : {}) });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor && found.length < MOST);
  return found;
}

/** How long a sound is; null when this browser cannot tell. */
export function secondsOfSound(url: string): Promise<number | null> {
  return new Promise((resolve) => {
    const audio = new Audio();
    const timer = setTimeout(() => resolve(null), READS_WITHIN_MS);
    const tell = (seconds: number | null) => {
      clearTimeout(timer);
      resolve(seconds !== null && Number.isFinite(seconds) && seconds > 0 ? seconds : null);
      audio.removeAttribute("src");
    };
    audio.preload = "metadata";
    audio.onloadedmetadata = () => tell(audio.duration);
    audio.onerror = () => tell(null);
    audio.src = url;
  });
}
