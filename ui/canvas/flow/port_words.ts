import { PORTS } from "../../../shared/canvas/ports.ts";
import type { Workspace } from "../workspace.ts";
import { gripOf } from "./wires.ts";

/** Most names that are listed. */
const MOST = 4;

/** A port's tooltip as it is just now: what it takes or gives, and what is wired there. */
export function tellPort({ document: doc, live }: Workspace, handle: HTMLElement): void {
  const { node: id, port: name, kind } = gripOf(handle);
  const { edges } = doc.graph.value;
  const node = doc.node(id).value;
  if (!node) return;
  const ends = kind === "target"
    ? edges.filter((edge) => edge.target === id && edge.target_port === name).map((edge) => edge.source)
    : edges.filter((edge) => edge.source === id && edge.source_port === name).map((edge) => edge.target);
  const titles = ends.slice(0, MOST).map((end) => {
    const take = kind === "target" ? live.activeTake(end) : null;
    return `${doc.node(end).value?.title ?? "?"}${
      take ? ` (take ${String(take.take).padStart(2, "0")})` : ""
    }`;
  });
  const more = ends.length > MOST ? ` and ${ends.length - MOST} more` : "";
  const { inputs, outputs } = PORTS[node.type];
  const input = kind === "target" && inputs.find((port) => port.name === name);
  const what = input
    ? `${input.label}: ${input.accepts.join(" or ")}${input.many ? ", several" : ""}`
    : outputs.find((port) => port.name === name)?.label ?? "";
  const now = titles.length ? titles.join(", ") + more : "nothing yet";
  handle.title = `${what}. ${kind === "target" ? "Now from" : "Goes to"} ${now}`;
}
