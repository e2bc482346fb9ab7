import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { studioNow } from "../../state/clock.ts";
import { operationsBetween } from "./between.ts";
import type { Editor, Gesture } from "./editor.ts";
import type { Kept, KeptGesture, Key, RefusedGesture } from "./kept.ts";

export interface Refused extends RefusedGesture {
  /** Of this list. */
  id: string;
}

/** What this computer keeps for an editor until the studio has it, and what the studio would not take. */
export interface Keep extends Disposable {
  /** Everything that waits would be here again after this page. */
  safe: ReadonlySignal<boolean>;
  refused: ReadonlySignal<readonly Refused[]>;
  /** Puts a gesture among the refused. */
  refuse(gesture: Pick<Gesture, "label" | "from" | "to">, reason: string): void;
  /** The person has done with it. */
  forgive(id: string): void;
  /** Does again what earlier pages could not send. After the document has come. */
  resume(): Promise<void>;
}

/** Without a memory (`kept` null) nothing is safe before the studio has it. */
export function keepFor(editor: Editor, kept: Kept | null): Keep {
  const keys = new Map<Gesture, Key>();
  const stored = new Set<Gesture>();
  const safe = signal(true);
  const refused: Signal<readonly Refused[]> = signal([]);
  const refusedKeys = new Map<string, Key>();

  const look = () => safe.value = editor.waiting.peek().every((gesture) => stored.has(gesture));

  /** What waits and is not on the disk goes there; what does not wait any more goes from it. */
  async function follow(waiting: readonly Gesture[], forget: Key[] = []): Promise<void> {
    if (kept) {
      const fresh = waiting.filter((gesture) => !keys.has(gesture));
      for (const gesture of fresh) keys.set(gesture, kept.key());
      const here = new Set(waiting);
      const gone = [...keys.keys()].filter((gesture) => !here.has(gesture));
      for (const gesture of gone) {
        forget.push(keys.get(gesture)!);
        keys.delete(gesture);
        stored.delete(gesture);
      }
      look();
      if (!fresh.length && !forget.length) return;
      const put = fresh.map((gesture): [Key, KeptGesture] => [keys.get(gesture)!, entryOf(gesture)]);
      try {
        await kept.write({ put, forget });
        for (const gesture of fresh) stored.add(gesture);
      } catch (error) {
        // The disk is full: they stay unsafe, which the page says.
        console.warn("Changes cannot be kept on this computer", error);
      }
    }
    look();
  }

  function refuse({ label, operations, at }: Omit<KeptGesture, "update">, reason: string): void {
    const id = crypto.randomUUID();
    const entry: RefusedGesture = { label, reason, operations, at };
    refused.value = [...refused.value, { ...entry, id }];
    if (!kept) return;
    const key = kept.key();
    refusedKeys.set(id, key);
    void kept.refuse(key, entry).catch(() => {});
  }

  const stop = editor.waiting.subscribe((waiting) => void follow(waiting));
  return {
    safe,
    refused,
    refuse: ({ label, from, to }, reason) =>
      refuse(
        { label, operations: operationsBetween(from, to), at: new Date(studioNow()).toISOString() },
        reason,
      ),
    forgive(id) {
      refused.value = refused.value.filter((each) => each.id !== id);
      const key = refusedKeys.get(id);
      if (key) void kept?.forgive(key).catch(() => {});
    },
    async resume() {
      if (!kept) return;
      for (const [key, entry] of await kept.refused()) {
        const id = crypto.randomUUID();
        refusedKeys.set(id, key);
        refused.value = [...refused.value, { ...entry, id }];
      }
      const left = await kept.left();
      for (const [, gesture] of left) {
        const why = editor.resume(gesture);
        if (why !== null) refuse(gesture, why);
      }
      // Only now: what is done again is on the disk under a name of its own.
      await follow(editor.waiting.peek(), left.map(([key]) => key));
    },
    [Symbol.dispose]() {
      stop();
      kept?.[Symbol.dispose]();
    },
  };
}

function entryOf({ label, update, from, to }: Gesture): KeptGesture {
  return { label, update, operations: operationsBetween(from, to), at: new Date(studioNow()).toISOString() };
}
