import type { RunnerManifest } from "../../shared/runners/manifest.ts";

/** The runners that this studio offers, read from RUNNERS_DIR at start. */
export interface RunnerCatalogue {
  list(): RunnerManifest[];
  find(id: string): RunnerManifest | null;
  /** The runner a node gets when it names none: the first that serves the type, `animatic` last. */
  defaultFor(nodeType: string): RunnerManifest | null;
  /** Folders that were left out, and why. */
  bad(): BadRunner[];
}

export interface BadRunner {
  folder: string;
  /** Each names file and field. */
  errors: string[];
}

export { openCatalogue } from "./catalogue.ts";
export { runnerRoutes } from "./routes.ts";
