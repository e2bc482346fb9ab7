import type { StudioEvent } from "../../shared/events/events.ts";
import type { Subscription } from "./mod.ts";

type Heard = (event: StudioEvent) => void;

/** Who of this gateway listens to what. */
export function createFanout(failed: (error: unknown) => void) {
  const tenants = new Map<string, Map<string, Set<Heard>>>();

  /** Not copied, a thousand may listen: one that ends meanwhile hears nothing, one that begins hears what happens as it begins. */
  function tell(listeners: Set<Heard> | undefined, event: StudioEvent): void {
    for (const listener of listeners ?? []) {
      try {
        listener(event);
      } catch (error) {
        failed(error);
      }
    }
  }

  return {
    subscribe({ tenant_id, project_id }: Subscription, heard: Heard): Disposable {
      const projects = tenants.get(tenant_id) ?? new Map<string, Set<Heard>>();
      tenants.set(tenant_id, projects);
      const listeners = projects.get(project_id) ?? new Set<Heard>();
      projects.set(project_id, listeners);
      // Wrapped, so that one function can listen twice.
      const listener: Heard = (event) => heard(event);
      listeners.add(listener);
      return {
        [Symbol.dispose]() {
          listeners.delete(listener);
          if (!listeners.size && projects.get(project_id) === listeners) projects.delete(project_id);
          if (!projects.size && tenants.get(tenant_id) === projects) tenants.delete(tenant_id);
        },
      };
    },
    deliver(tenantId: string, projectId: string | null, event: StudioEvent): void {
      const projects = tenants.get(tenantId);
      if (!projects) return;
      if (projectId !== null) return tell(projects.get(projectId), event);
      for (const listeners of [...projects.values()]) tell(listeners, event);
    },
    /** Whether anybody here would hear it. */
    hears(tenantId: string, projectId: string | null): boolean {
      const projects = tenants.get(tenantId);
      return projectId === null ? projects !== undefined : projects?.has(projectId) ?? false;
    },
    watched(projectId: string): boolean {
      for (const projects of tenants.values()) if (projects.has(projectId)) return true;
      return false;
    },
  };
}
