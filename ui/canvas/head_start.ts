import { api } from "../api.ts";

/** What opening a film asks for that does not depend on who asks. */
interface Asked {
  project: ReturnType<typeof api.project>;
  runners: ReturnType<typeof api.runners>;
}

const started = new Map<string, Asked>();

/**
 * Asks for a film before it is known who looks at it: the answers come together, not one after the other. What is drawn around the canvas
 * is read meanwhile, too.
 */
export function headStart(id: string): void {
  if (started.has(id)) return;
  const asked = ask(id);
  // Who is not signed in is told so by the question who they are.
  for (const answer of [asked.project, asked.runners]) answer.catch(() => {});
  started.set(id, asked);
  // What cannot be had is asked for again when it is drawn, and its absence said there.
  import("./parts.ts").catch(() => {});
}

/** The film and the runners: as they were asked for ahead, once; else, or where that failed, asked for now. */
export async function filmOf(id: string): Promise<[Awaited<Asked["project"]>, Asked["runners"]]> {
  const ahead = started.get(id);
  started.delete(id);
  if (!ahead) {
    const asked = ask(id);
    asked.runners.catch(() => {});
    return [await asked.project, asked.runners];
  }
  return [await ahead.project.catch(() => api.project(id)), ahead.runners.catch(() => api.runners())];
}

function ask(id: string): Asked {
  return { project: api.project(id), runners: api.runners() };
}
