import { createHash } from "node:crypto";
import { dirname, join } from "@std/path";
import { Manifest, writeManifest } from "../../shared/project/manifest.ts";
import type { Project } from "../demo/client.ts";
import { runIn } from "./git.ts";

/** A push that the studio answered with yes. */
export interface Pushed {
  commit: string;
  /** SHA-256 by path. */
  media: Record<string, string>;
  /** Notes that its project.json brought. */
  notes: string[];
}

export interface PusherTold {
  name: string;
  project: string;
  pushed: Pushed[];
  /** Pushes and pulls that did not go through and were tried again, by what git said. */
  refused: Record<string, number>;
  /** Media that was thrown away here, and fetched again. */
  fetched: number;
  /** What must not come: asked for a password, other bytes than those that were sent. */
  complaints: string[];
}

export interface PusherOptions {
  name: string;
  project: Project;
  /** Of the project, with an access token as the password. */
  url: URL;
  folder: string;
  stop: AbortSignal;
}

const LARGEST = 400_000;
/** Tries of one round, each after what came in between: many more than kills within it. */
const MOST_TRIES = 60;

/**
 * Somebody at a desk of their own, with git and git-lfs: clones, files media, writes notes into project.json, commits, pushes, and when that
 * is refused takes what others did and pushes again. After `stop` the last one is still brought in.
 */
export async function pushAround(options: PusherOptions): Promise<PusherTold> {
  const { name, project, folder, stop } = options;
  const told: PusherTold = { name, project: project.id, pushed: [], refused: {}, fetched: 0, complaints: [] };
  await Deno.mkdir(folder, { recursive: true });
  const desk = runIn(folder, name);
  await mustSucceed(told, () => desk("lfs", "install", "--skip-repo"));
  await mustSucceed(told, async () => {
    await Deno.remove(join(folder, "film"), { recursive: true }).catch(() => {});
    return await desk("clone", "--quiet", options.url.href, "film");
  });
  const clone = join(folder, "film");
  const git = runIn(clone, name, folder);
  for (let round = 0; round === 0 || !stop.aborted; round++) {
    const path = `01_Assets/Video/${name}-${round}.mov`;
    const media = mediaOf(Math.floor(Math.random() ** 3 * LARGEST));
    const note = Math.random() < 0.5 ? `${name}-pushed-${round}` : null;
    const write = async () => {
      await Deno.mkdir(dirname(join(clone, path)), { recursive: true });
      await Deno.writeFile(join(clone, path), media);
      if (note) await addNote(join(clone, "project.json"), note);
      await git("add", "--all");
      return await git("commit", "--quiet", "-m", `${name}: ${path}${note ? `, ${note}` : ""}`);
    };
    const commit = await bring(git, write, told);
    if (commit === null) break;
    told.pushed.push({ commit, media: { [path]: sha256(media) }, notes: note ? [note] : [] });
    if (Math.random() < 0.2) await fetchAgain(git, join(clone, path), { told, bytes: media });
    await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 800));
  }
  return told;
}

type Git = ReturnType<typeof runIn>;

/** Pulls that come to nothing however often they are tried. */
const STUCK = /CONFLICT|could not apply|unstaged changes|rebase-merge|rebase in progress/;

/** Commits and pushes until it is in; its commit. Null, and a complaint, when it never gets in. */
async function bring(git: Git, write: () => ReturnType<Git>, told: PusherTold): Promise<string | null> {
  let made = await write();
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const push = made.ok ? await git("push", "--quiet", "origin", "HEAD") : made;
    if (push.ok) return (await git("rev-parse", "HEAD")).said.trim();
    note(told, push.said);
    const pull = await git("pull", "--quiet", "--rebase");
    if (pull.ok) continue;
    if (!STUCK.test(pull.said)) {
      note(told, pull.said);
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 700));
      continue;
    }
    // Both wrote at the same place of project.json, or the line was cut while git-lfs laid out what others did, which leaves half of it
    // there: what is there now, with one's own written in once more.
    note(told, pull.said);
    await git("rebase", "--abort");
    await git("reset", "--quiet", "--hard", "@{upstream}");
    made = await write();
  }
  told.complaints.push(
    `${MOST_TRIES} tries, and it is not in: ${JSON.stringify(told.refused)} ${made.said.slice(-500)}`,
  );
  return null;
}

/** Loses the media here, as a full disk makes people do, and has git-lfs bring it back. */
async function fetchAgain(
  git: Git,
  path: string,
  { told, bytes }: { told: PusherTold; bytes: Uint8Array },
): Promise<void> {
  const { said } = await git("rev-parse", "--absolute-git-dir");
  await Deno.remove(join(said.trim(), "lfs", "objects"), { recursive: true }).catch(() => {});
  await Deno.remove(path);
  await mustSucceed(told, () => git("lfs", "pull"));
  const back = await Deno.readFile(path).catch(() => new Uint8Array());
  if (sha256(back) !== sha256(bytes)) told.complaints.push(`${path} came back as something else`);
  told.fetched++;
}

async function mustSucceed(told: PusherTold, work: () => ReturnType<Git>): Promise<void> {
  let last = "";
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { ok, said } = await work();
    if (ok) return;
    last = said;
    note(told, said);
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 700));
  }
  told.complaints.push(`${MOST_TRIES} tries in vain: ${last.slice(-500)}`);
}

/** What git said, in few words. What tells of a lost right is a complaint. */
const KINDS: [RegExp, string][] = [
  [/Authentication failed|could not read (?:Username|Password)|\b40[13]\b/, "signed out"],
  [/CONFLICT|could not apply/, "project.json changed at the same place"],
  [/unstaged changes|rebase-merge|rebase in progress/, "a pull broke off half-way"],
  [
    /non-fast-forward|fetch first|cannot lock ref|failed to update ref|incorrect old value/,
    "others were first",
  ],
  [/\b50[0234]\b|Service Unavailable|Bad Gateway/, "502 or 503"],
  [
    /unexpected disconnect|early EOF|RPC failed|hung up|Empty reply|Connection (?:reset|refused)|EOF/,
    "the line was cut",
  ],
  [/could not look at this push|studio's fault/, "the gateway died over it"],
];

function note(told: PusherTold, said: string): void {
  const kind = KINDS.find(([pattern]) => pattern.test(said))?.[1] ?? said.trim().slice(-300);
  told.refused[kind] = (told.refused[kind] ?? 0) + 1;
  if (kind === "signed out") told.complaints.push(said.slice(-300));
}

async function addNote(path: string, id: string): Promise<void> {
  const manifest = Manifest.parse(JSON.parse(await Deno.readTextFile(path)));
  manifest.canvas.nodes.push({ id, type: "note", title: id, position: { x: 0, y: -400 }, text: "By hand" });
  await Deno.writeTextFile(path, writeManifest(manifest));
}

/** That many bytes, which nobody else has. */
function mediaOf(size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(Math.max(1_000, size));
  crypto.getRandomValues(all.subarray(0, 1_000));
  return all;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
