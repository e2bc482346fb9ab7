import { api } from "../../ui/api.ts";
import { type CanvasDocument, openDocument } from "../../ui/canvas/document/document.ts";
import { type Live, openLive } from "../../ui/state/live.ts";
import { signedOut } from "../../ui/state/signed_out.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import { openBrowser } from "./jar.ts";

/** Of everybody whose page is open: how it went. */
export interface PageTold {
  name: string;
  /** Sentences that the person was shown: each is a failure that reached them. */
  complaints: string[];
  /** Answers of 500 and more, most of which the client repeated. */
  faults: number;
  /** Times a socket went and came back. */
  sockets: number;
  signedOut: boolean;
  /** The studio knows the session at the end as at the beginning. */
  stillMe: boolean;
}

/** A project that is open in a browser: its canvas, its events, its calls. */
export interface Page {
  canvas: CanvasDocument;
  live: Live;
  complaints: string[];
  /** Gestures that were made. */
  gestures(): number;
  gesture(label: string, ...operations: Operation[]): void;
  told(): Promise<PageTold>;
}

const OPEN = ["blocked", "queued", "leased"];
/** Until a job that was just asked for is told of. */
const JUST_MS = 10_000;

/** Opens the one-time link, then the project, as a click and another do. */
export async function openPage(link: string, project: string, name: string): Promise<Page> {
  const browser = openBrowser();
  await browser.enter(link);
  const me = await api.me();
  const complaints: string[] = [];
  const canvas = await openDocument(project, { tell: (sentence) => complaints.push(sentence) });
  const live = openLive(project);
  await until(() => live.connected.value);
  let gestures = 0;
  return {
    canvas,
    live,
    complaints,
    gestures: () => gestures,
    gesture(label, ...operations) {
      if (canvas.apply(label, operations)) gestures++;
      else complaints.push(`${label} was not possible`);
    },
    async told() {
      const now = await api.me().catch((error) => ({ id: String(error) }));
      return {
        name,
        complaints,
        faults: browser.faults(),
        sockets: browser.sockets(),
        signedOut: signedOut.value,
        stillMe: now.id === me.id,
      };
    },
  };
}

/** Jobs that a person asked for, by id, and when. */
export type Asked = Map<string, number>;

/** As the canvas shows it. One that just was asked for may not have come yet; one that ended long ago is told no more. */
export function isOpen(id: string, { live, asked }: { live: Live; asked: Asked }): boolean {
  const state = live.jobs.value.get(id)?.state;
  return state ? OPEN.includes(state) : Date.now() - asked.get(id)! < JUST_MS;
}

/** How each ended, as the events said; `ended` when they tell of it no more. */
export function statesOf(asked: Asked, live: Live): Record<string, string> {
  const state = (id: string) =>
    isOpen(id, { live, asked }) ? "open" : live.jobs.value.get(id)?.state ?? "ended";
  return Object.fromEntries([...asked.keys()].map((id) => [id, state(id)]));
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** As a page does before it asks for something made of the canvas; whoever is told that the studio does not answer clicks again. */
export async function sent(canvas: CanvasDocument): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      return await canvas.sent();
    } catch (error) {
      if (tries === 12) throw error;
    }
  }
}

/** At most two minutes: then what is told says what is missing. */
export async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 120_000; !holds() && Date.now() < end;) await pause(100);
}

export function pick<T>(of: readonly T[]): T {
  return of[Math.floor(Math.random() * of.length)]!;
}
