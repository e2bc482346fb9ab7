import { useState } from "preact/hooks";
import type { Credits, Purse } from "../../../shared/api/credits.ts";
import type { Project } from "../../../shared/api/project.ts";
import type { GeneratingNode } from "../../../shared/canvas/graph.ts";
import { creditText } from "../../../shared/jobs/price.ts";
import { callAt } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";

export type Payer = "purse" | "mine";

/** Whether an earlier place can be had for takes of a node: among the community's work alone. */
export function canPay({ trust }: Pick<Project, "trust">, { sensitivity }: GeneratingNode): boolean {
  return trust === "anyone" && (!sensitivity || sensitivity === "anyone");
}

/** Whether takes of a node are to come earlier among the community's work, and who pays. Nothing where no community works. */
export function Pay(
  { node, payer, onChange }: {
    node: GeneratingNode;
    payer: Payer | null;
    onChange: (payer: Payer | null) => void;
  },
) {
  const { project } = useWorkspace();
  const [have, setHave] = useState<Record<Payer, number> | null>(null);
  if (!canPay(project.value, node)) return null;
  const look = async () => {
    const both = await attempt(() =>
      Promise.all([
        callAt<Purse>("GET", `/api/projects/${project.value.id}/credits`),
        callAt<Credits>("GET", "/api/credits"),
      ])
    );
    if (both) setHave({ purse: both[0].balance, mine: both[1].balance });
  };
  const has = (of: Payer) => have ? ` (${creditText(have[of])})` : "";
  return (
    <details class="where" onToggle={(event) => event.currentTarget.open && void look()}>
      <summary>Earlier place{payer ? ": paid with credits" : ""}</summary>
      <label class="field">
        <span>Pay with</span>
        <select
          class="input"
          value={payer ?? ""}
          onChange={(event) => onChange((event.currentTarget.value || null) as Payer | null)}
        >
          <option value="">Nothing: its usual turn</option>
          <option value="purse" disabled={have?.purse === 0}>The film's purse{has("purse")}</option>
          <option value="mine" disabled={have?.mine === 0}>Credits of my own{has("mine")}</option>
        </select>
      </label>
      <p class="dim">
        Paid work counts half in the order between films. A take costs what it earns the machine that makes
        it; what is not made costs nothing.
      </p>
    </details>
  );
}
