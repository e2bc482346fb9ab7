import type { AgentRow } from "./mod.ts";

/** Milliseconds that a tenant's agents are kept in memory. */
const KEPT_MS = 1000;

/** Reads of the same tenant within a second share one query. */
export function createRoster(read: (tenantId: string) => Promise<AgentRow[]>) {
  const kept = new Map<string, { until: number; rows: Promise<AgentRow[]> }>();
  return {
    of(tenantId: string): Promise<AgentRow[]> {
      const known = kept.get(tenantId);
      if (known && known.until > performance.now()) return known.rows;
      const entry = { until: performance.now() + KEPT_MS, rows: read(tenantId) };
      kept.set(tenantId, entry);
      entry.rows.catch(() => {
        if (kept.get(tenantId) === entry) kept.delete(tenantId);
      });
      return entry.rows;
    },
    forget(tenantId: string): void {
      kept.delete(tenantId);
    },
  };
}
