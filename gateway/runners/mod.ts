import type { Tx } from "../db/mod.ts";
import type { AddedRow } from "./store.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";

/** Runners to choose from: those of RUNNERS_DIR, read at start, or a studio's. */
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

/** With those that a studio added. */
export interface Runners extends RunnerCatalogue {
  /** What a studio offers: the gateway's own and what it added; a second or two old at most. */
  of(tenantId: string, tx?: Tx): Promise<RunnerCatalogue>;
  added(tenantId: string): Promise<AddedRow[]>;
  /** Takes a pack. ProblemError unprocessable with what is wrong in it; conflict when its version does not go on. */
  add(tenantId: string, pack: Uint8Array<ArrayBuffer>, by: string): Promise<AddedRow>;
  /** Offers it no more; what it made stays. ProblemError not_found. */
  remove(tenantId: string, runner: string): Promise<void>;
  /** ProblemError not_found. */
  pack(
    tenantId: string,
    runner: string,
  ): Promise<{ id: string; version: string; digest: string; pack: Uint8Array }>;
}

export { createRunners } from "./added.ts";
export { readCatalogue } from "./catalogue.ts";
export { runnerRoutes } from "./routes.ts";
