import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Asset, AssetFolder } from "../../../shared/assets/asset.ts";
import type { Project } from "../../../shared/api/project.ts";
import { later } from "../../components/lazily.tsx";
import type { UploadOptions } from "./upload.ts";

export type UploadState =
  | { kind: "waiting" }
  | { kind: "reading" | "sending"; part: number }
  | { kind: "failed"; sentence: string };

export interface Upload {
  id: number;
  name: string;
  state: Signal<UploadState>;
  /** Stops it, or takes a failed one off the list. */
  dismiss(): void;
  /** Brings a failed one once more. */
  again?(): void;
}

/** What is being brought into the project; a few files at once, the others wait. */
export interface Uploads extends Disposable {
  list: ReadonlySignal<Upload[]>;
  /** Counts files that were filed: lists of media look again. */
  filed: ReadonlySignal<number>;
  /** Null when it was refused or stopped, which the list says. A name decides nothing: its content gives its folder. */
  bring(
    file: Blob,
    as: { name: string; folder?: AssetFolder },
    options?: { again?: () => void },
  ): Promise<Asset | null>;
  /** The media of a zip; what the studio does not take is on the list with its reason. */
  bringZip(file: File): Promise<Asset[]>;
}

const AT_ONCE = 3;
const sending = later(() => import("../parts.ts"));

export function openUploads(project: () => Project): Uploads {
  const list = signal<Upload[]>([]);
  const filed = signal(0);
  const waiting: (() => void)[] = [];
  let running = 0;
  let next = 1;

  async function turn(): Promise<void> {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
  }
  function done(): void {
    running--;
    waiting.shift()?.();
  }
  const drop = (id: number) => list.value = list.value.filter((each) => each.id !== id);
  const leave = (event: BeforeUnloadEvent) => {
    if (list.value.some((each) => each.state.value.kind !== "failed")) event.preventDefault();
  };
  addEventListener("beforeunload", leave);

  function add(name: string, again?: () => void): Upload & { signal: AbortSignal } {
    const stop = new AbortController();
    const id = next++;
    const dismiss = () => {
      stop.abort();
      drop(id);
    };
    const upload = {
      ...{ id, name, state: signal<UploadState>({ kind: "waiting" }), dismiss },
      ...(again ? { again: () => (dismiss(), again()) } : {}),
    };
    list.value = [...list.value, upload];
    return { ...upload, signal: stop.signal };
  }
  /** One line of the list, from waiting to gone; null when it failed or was stopped. */
  async function inTurn<T>(
    name: string,
    work: (options: UploadOptions) => Promise<T>,
    again?: () => void,
  ): Promise<T | null> {
    const { id, state, signal } = add(name, again);
    await turn();
    try {
      signal.throwIfAborted();
      state.value = { kind: "sending", part: 0 };
      const result = await work({ signal, progress: (kind, part) => state.value = { kind, part } });
      filed.value++;
      drop(id);
      return result;
    } catch (error) {
      if (!signal.aborted) {
        state.value = { kind: "failed", sentence: error instanceof Error ? error.message : String(error) };
      }
      return null;
    } finally {
      done();
    }
  }

  return {
    list,
    filed,
    bring: (file, as, { again } = {}) =>
      inTurn(
        as.name,
        async (options) => await (await sending()).sendFile(project(), file, as, options),
        again,
      ),
    async bringZip(file) {
      const brought = await inTurn(
        file.name,
        async (options) => await (await sending()).sendMediaZip(project(), file, options),
      );
      for (const { name, sentence } of brought?.refused ?? []) {
        add(name).state.value = { kind: "failed", sentence };
      }
      return brought?.assets ?? [];
    },
    [Symbol.dispose]() {
      removeEventListener("beforeunload", leave);
      for (const each of list.value) each.dismiss();
    },
  };
}
