import type { GeneratingNode } from "../../../shared/canvas/graph.ts";
import { MAY_RUN_WORDS, stricter, type Trust, TRUSTS } from "../../../shared/jobs/trust.ts";
import { useWorkspace } from "../workspace.ts";
import { Machines } from "./machines.tsx";

/** Of a node: how well a machine must be known to make it, and which ones are to. */
export function WhereItRuns(
  { node, set }: { node: GeneratingNode; set: (label: string, fields: Record<string, unknown>) => boolean },
) {
  const { project } = useWorkspace();
  const ofProject = project.value.trust;
  const stricterOnes = TRUSTS.filter((trust) => trust !== ofProject && stricter(trust, ofProject) === trust);
  const own = node.sensitivity && stricterOnes.includes(node.sensitivity) ? node.sensitivity : "";
  return (
    <details class="where" open={own !== ""}>
      <summary>Where it runs</summary>
      <label class="field">
        <span>May run on</span>
        <select
          class="input"
          value={own}
          onChange={(event) => {
            const trust = event.currentTarget.value as Trust | "";
            set(`Where ${node.title} may run`, { sensitivity: trust || null });
          }}
        >
          <option value="">As the film: {MAY_RUN_WORDS[ofProject].toLowerCase()}</option>
          {stricterOnes.map((trust) => <option key={trust} value={trust}>{MAY_RUN_WORDS[trust]}</option>)}
        </select>
      </label>
      <Machines scope={{ node_id: node.id }} about={node.title} />
    </details>
  );
}
