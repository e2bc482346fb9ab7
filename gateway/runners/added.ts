import { ProblemError } from "../../shared/http/problem.ts";
import { openPack, packDigest } from "../../shared/runners/pack.ts";
import type { Querier, Tx } from "../db/mod.ts";
import type { Studio } from "../studio.ts";
import { type BuiltIn, catalogueOf } from "./catalogue.ts";
import type { RunnerCatalogue, Runners } from "./mod.ts";
import { insertAdded, markRemoved, newest, offered, packOf } from "./store.ts";

/** Milliseconds that what a studio added is kept in memory: another gateway may have added one meanwhile. */
const KEPT_MS = 2000;

/** The gateway's own runners, and those that each studio added to them. */
export function createRunners(studio: Studio, own: BuiltIn): Runners {
  const base = catalogueOf(own.runners, own.bad);
  const kept = new Map<string, { until: number; catalogue: Promise<RunnerCatalogue> }>();

  async function read(q: Querier, tenantId: string): Promise<RunnerCatalogue> {
    const added = await offered(q, tenantId);
    if (added.length === 0) return base;
    // A gateway that was upgraded may bring one that a studio had added before: its own is the one.
    const others = added.map(({ manifest }) => manifest).filter(({ id }) => !base.find(id));
    return catalogueOf([...own.runners, ...others], own.bad);
  }

  function of(tenantId: string, tx?: Tx): Promise<RunnerCatalogue> {
    // A transaction may hold the only connection, so it must not wait for somebody else's reading.
    if (tx) return read(tx, tenantId);
    const known = kept.get(tenantId);
    if (known && known.until > performance.now()) return known.catalogue;
    const entry = { until: performance.now() + KEPT_MS, catalogue: read(studio.db.sql, tenantId) };
    kept.set(tenantId, entry);
    entry.catalogue.catch(() => {
      if (kept.get(tenantId) === entry) kept.delete(tenantId);
    });
    return entry.catalogue;
  }

  return {
    ...base,
    of,
    added: (tenantId) => offered(studio.db.sql, tenantId),
    async add(tenantId, bytes, by) {
      const opened = openPack(bytes);
      if ("faults" in opened) throw new ProblemError("unprocessable", opened.faults.slice(0, 5).join(" "));
      const { manifest } = opened;
      if (manifest.engine === "builtin") {
        throw new ProblemError(
          "unprocessable",
          "The engine builtin is code of the agent; a pack brings none.",
        );
      }
      if (base.find(manifest.id)) {
        throw new ProblemError(
          "conflict",
          `${manifest.id} comes with the studio; give yours another id in runner.json.`,
        );
      }
      const digest = await packDigest(bytes);
      const row = await studio.db.sql.begin(async (tx) => {
        await tx`select pg_advisory_xact_lock(hashtext(${`runner ${tenantId} ${manifest.id}`}))`;
        const before = await newest(tx, tenantId, manifest.id);
        if (before) {
          const order = compareVersions(manifest.version, before.version);
          if (order < 0 || order === 0 && before.digest !== digest) {
            throw new ProblemError(
              "conflict",
              `${manifest.id} ${before.version} is here already; raise the version in runner.json above it, ` +
                "so that nobody's takes are made with another graph than they say.",
            );
          }
          if (order === 0 && before.removed_at === null) return before;
        }
        await insertAdded(tx, { tenant_id: tenantId, manifest, digest, pack: bytes, added_by: by });
        return (await newest(tx, tenantId, manifest.id))!;
      }) as Awaited<ReturnType<Runners["add"]>>;
      kept.delete(tenantId);
      await studio.jobs.newVersion(tenantId, row.manifest);
      return row;
    },
    async remove(tenantId, runner) {
      if (!await markRemoved(studio.db.sql, tenantId, runner)) {
        throw new ProblemError("not_found", "This studio has added no such runner.");
      }
      kept.delete(tenantId);
    },
    async pack(tenantId, runner) {
      const found = await packOf(studio.db.sql, tenantId, runner);
      if (found) return { id: runner, ...found };
      throw new ProblemError(
        "not_found",
        base.find(runner)
          ? `${runner} comes with the agent; there is nothing to install.`
          : "This studio has added no such runner.",
      );
    },
  };
}

/** Of two `major.minor.patch`: below zero when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  return left!.reduce((order, part, at) => order || part - right![at]!, 0);
}
