import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Placement } from "../../../shared/api/placement.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { farm } from "./api.ts";

/** Whose rules: the project's (neither), a node's or a job's. */
export interface Scope {
  node_id?: string;
  job_id?: string;
}

/** Of the project that is open. */
const known = signal<{ project: string; placement: Placement } | null>(null);

/** Where the work of a project, a node or a job runs, and how to change it. Null until the gateway has said it. */
export function usePlacement(scope: Scope) {
  const { project } = useWorkspace();
  const { id } = project.value;
  useEffect(() => {
    void attempt(() => farm.placement(id)).then((placement) => {
      if (placement) known.value = { project: id, placement };
    });
  }, [id, scope.node_id, scope.job_id]);
  const rules = known.value?.project === id
    ? known.value.placement.rules.filter((rule) =>
      (rule.node_id ?? undefined) === scope.node_id && (rule.job_id ?? undefined) === scope.job_id
    )
    : null;
  const tags = (known.value?.project === id ? known.value.placement.tags ?? [] : []).filter((rule) =>
    (rule.node_id ?? undefined) === scope.node_id && (rule.job_id ?? undefined) === scope.job_id
  );
  const of = (rule: "only" | "never") => [
    ...(rules ?? []).filter((each) => each.rule === rule).map((each) => each.agent_id),
    ...tags.filter((each) => each.rule === rule).map((each) => `#${each.tag}`),
  ];
  return {
    ready: rules !== null,
    only: of("only"),
    never: of("never"),
    /** Ids of machines, and tags as `#tag`. */
    async set({ only, never }: { only: string[]; never: string[] }) {
      const placement = await attempt(() =>
        farm.setPlacement(id, {
          ...scope,
          ...{ only: only.filter((name) => !isTag(name)), never: never.filter((name) => !isTag(name)) },
          ...{ only_tags: tagsIn(only), never_tags: tagsIn(never) },
        })
      );
      if (placement) known.value = { project: id, placement };
    },
  };
}

function isTag(name: string): boolean {
  return name.startsWith("#");
}

function tagsIn(names: string[]): string[] {
  return names.filter(isTag).map((name) => name.slice(1));
}
