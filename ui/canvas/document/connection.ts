import { type ReadonlySignal, signal } from "@preact/signals";
import { FRAME_LIMIT, readFrame, StudioWord, writeFrame } from "../../../shared/canvas/live/words.ts";
import { keepOpen } from "../../state/keep_open.ts";
import type { Editor } from "./editor.ts";

export interface ConnectionOptions {
  open: () => WebSocket;
  editor: Editor;
  /** What is said about people. */
  heard(word: StudioWord): void;
  /** Nobody is seen while it is down. */
  down(): void;
  /** Whose gestures these are: they go to the studio as theirs or not at all. */
  user?: string;
  /** The browser has become somebody else's: nothing is sent any more. */
  stranger?(name: string): void;
}

/** Keeps an editor's document and the studio's the same: brings what each lacks, then every change as it happens. */
export interface Connection extends Disposable {
  /** The document is at one with the studio's but for what waits. */
  connected: ReadonlySignal<boolean>;
  /** Sends a word if the line is up. */
  say(word: unknown): void;
}

export function connect({ open, editor, heard, down, user, stranger }: ConnectionOptions): Connection {
  const connected = signal(false);
  let send: ((data: string | Uint8Array<ArrayBuffer>) => void) | null = null;
  /** The number of the gesture that was sent and not answered. */
  let asked: number | null = null;
  let last = 0;

  function hello(): void {
    connected.value = false;
    send?.(writeFrame({ kind: "hello", number: 0, data: editor.vector() }));
  }

  /** One gesture at a time: when one is refused, none that builds on it is on its way. */
  function next(): void {
    const gesture = editor.waiting.peek()[0];
    if (!send || !connected.peek() || asked !== null || !gesture) return;
    if (gesture.update.length > FRAME_LIMIT - 5) return refused("it is too large for one change.");
    asked = ++last;
    send(writeFrame({ kind: "update", number: asked, data: gesture.update }));
  }
  function refused(message: string): void {
    editor.refused(message);
    hello();
  }

  function hearWord(text: string): void {
    const word = StudioWord.safeParse(JSON.parse(text));
    // A newer studio may say what is not known here.
    if (!word.success) return;
    if (word.data.type === "welcome" && user !== undefined && word.data.you.user_id !== user) {
      close();
      send = null;
      connected.value = false;
      down();
      return stranger?.(word.data.you.name);
    }
    heard(word.data);
    if (word.data.type !== "taken" && word.data.type !== "refused") return;
    if (word.data.number !== asked) return;
    asked = null;
    if (word.data.type === "refused") return refused(word.data.message);
    editor.taken();
    next();
  }

  function hearFrame(data: ArrayBuffer): void {
    const frame = readFrame(data);
    if (frame?.kind === "update") editor.take(frame.data);
    if (frame?.kind !== "sync") return;
    editor.sync(frame.data);
    connected.value = true;
    next();
  }

  const close = keepOpen(open, {
    opened(how) {
      send = how;
      asked = null;
      hello();
    },
    heard: (data) => typeof data === "string" ? hearWord(data) : hearFrame(data),
    down() {
      send = null;
      connected.value = false;
      down();
    },
  });
  const stop = editor.waiting.subscribe(next);
  return {
    connected,
    say: (word) => send?.(JSON.stringify(word)),
    [Symbol.dispose]() {
      stop();
      close();
    },
  };
}
