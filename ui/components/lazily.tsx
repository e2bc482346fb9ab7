import { signal } from "@preact/signals";
import type { ComponentType, FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { say } from "../state/toasts.ts";

/** What comes over the wire when it is wanted, in the order it was named. */
const parts: (() => Promise<void>)[] = [];

/** What is needed now and then: fetched with the first call, or ahead of it when nothing else is to do. Rejects as `import()` does. */
export function later<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | null = null;
  const fetchPart = () =>
    loading ??= load().catch((error) => {
      loading = null;
      throw error;
    });
  parts.push(async () => void await fetchPart());
  return fetchPart;
}

interface LazyOptions<P> {
  /** For what opens over the page: called when it cannot be had, once the person was told. Else it is said in its place. */
  close?: (props: P) => void;
}

/**
 * A part of the studio whose code is not among what is loaded first. Once it is here it is drawn at once, as any component. When it
 * cannot be had (the studio was updated since, and the old file is gone) that is said, and nothing else is touched.
 */
export function lazily<P extends object>(
  load: () => Promise<ComponentType<P>>,
  { close }: LazyOptions<P> = {},
): FunctionComponent<P> {
  const part = signal<{ Part: ComponentType<P> } | null>(null);
  const missing = signal<string | null>(null);
  let loading: Promise<void> | null = null;
  const fetchPart = () =>
    loading ??= load().then((Part) => {
      part.value = { Part };
    }).catch((error) => {
      loading = null;
      throw error;
    });
  parts.push(fetchPart);
  return function Lazy(props: P) {
    useEffect(() => {
      if (part.peek()) return;
      missing.value = null;
      fetchPart().catch(async (error) => {
        // A part that came and is broken is a fault of ours, and to be found.
        if (!/import|module/i.test(String(error))) console.error(error);
        const sentence = await whyMissing();
        if (!close) return missing.value = sentence;
        say(sentence, { level: "broken", action: { label: "Reload", run: () => location.reload() } });
        close(props);
      });
    }, []);
    if (part.value) return <part.value.Part {...props} />;
    if (!missing.value) return null;
    return (
      <div class="empty" role="alert">
        <p>{missing.value}</p>
        <button type="button" class="button" onClick={() => location.reload()}>Reload</button>
      </div>
    );
  };
}

async function whyMissing(): Promise<string> {
  const answers = await fetch("/", { cache: "no-store" }).then((response) => response.ok, () => false);
  return answers
    ? "The studio was updated since this page was opened. Reload it to go on; what you did is kept."
    : "The studio does not answer, so this part could not be loaded. Try again when it does.";
}

/** Fetches the parts while nothing else is to do, so that they are there when they are wanted, also without the studio. */
export function loadAhead(): void {
  const idle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200));
  const rest = [...parts];
  const next = () => {
    // What cannot be had now is asked for again, and its absence said, when it is wanted.
    rest.shift()?.().catch(() => {}).finally(() => rest.length && idle(next));
  };
  idle(next);
}
