import { ArrowLeftRight, GitMerge } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import type { Comparison, FieldDifference, NodeDifference } from "../../../shared/api/branches.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { DifferenceMap } from "./difference_map.tsx";
import { Sheet } from "./sheet.tsx";
import { TakePair } from "./take_pair.tsx";
import { VersionSelect } from "./version_select.tsx";

/** Two branches or versions beside each other: both canvases in one picture, fields before and after, takes as pictures. */
export function CompareVersions({ from, to }: { from: string; to: string }) {
  const workspace = useWorkspace();
  const { branching, branches, project, document: doc } = workspace;
  const [comparison, setComparison] = useState<Comparison | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => {
    void (async () => {
      const found = await attempt(async () => {
        await doc.sent();
        return await api.compare(project.value.id, from, to);
      });
      if (found) setComparison(found);
      else branching.value = null;
    })();
  }, []);
  const show = (from: string, to: string) => branching.value = { kind: "compare", from, to };
  const isBranch = (version: string) =>
    branches.all.value?.some((branch) => branch.name === version) ?? false;
  return (
    <Sheet
      label="Compare versions"
      head={
        <>
          <b>Compare</b>
          <VersionSelect
            versions
            label="From"
            value={from}
            without={to}
            onChange={(version) => show(version, to)}
          />
          <button
            type="button"
            class="button quiet icon"
            title="The other way round"
            aria-label="The other way round"
            onClick={() => show(to, from)}
          >
            <ArrowLeftRight size={16} />
          </button>
          <VersionSelect
            versions
            label="To"
            value={to}
            without={from}
            onChange={(version) => show(from, version)}
          />
          {workspace.canEdit && from !== to && isBranch(from) && isBranch(to) && (
            <button
              type="button"
              class="button"
              onClick={() => branching.value = { kind: "merge", from: to, into: from }}
            >
              <GitMerge size={15} /> Merge {branches.titleOf(to)} into {branches.titleOf(from)}…
            </button>
          )}
        </>
      }
    >
      {comparison
        ? <Sides comparison={comparison} chosen={chosen} choose={setChosen} />
        : <div class="empty">Comparing…</div>}
    </Sheet>
  );
}

function Sides({ comparison, chosen, choose }: {
  comparison: Comparison;
  chosen: string | null;
  choose: (id: string | null) => void;
}) {
  const changed = comparison.nodes.filter((node) => node.change !== "same");
  const rewired = comparison.wires.filter((wire) => wire.change !== "same").length;
  const nothing = changed.length + rewired + comparison.takes.length + comparison.settings.length +
      comparison.files_total === 0;
  const words: [string, string] = [comparison.from.title, comparison.to.title];
  return (
    <div class="sheet-body">
      <DifferenceMap
        comparison={comparison}
        chosen={chosen}
        choose={(id) => choose(id === chosen ? null : id)}
      />
      <div class="sheet-list">
        {nothing && (
          <div class="empty">
            <p>Both are the same.</p>
          </div>
        )}
        {comparison.settings.length > 0 && (
          <section>
            <h3>The project</h3>
            <Fields fields={comparison.settings} words={words} />
          </section>
        )}
        {comparison.takes.length > 0 && (
          <section>
            <h3>Chosen takes</h3>
            {comparison.takes.map((choice) => (
              <TakePair
                key={choice.shot}
                choice={choice}
                words={words}
                chosen={choice.node_id === chosen}
              />
            ))}
          </section>
        )}
        {changed.length > 0 && (
          <section>
            <h3>Nodes</h3>
            {changed.map((node) => (
              <Node key={node.id} node={node} chosen={node.id === chosen} words={words} />
            ))}
          </section>
        )}
        {rewired > 0 && <p class="dim">{rewired} {rewired === 1 ? "wire is" : "wires are"} laid otherwise.
        </p>}
        <Files {...comparison} />
      </div>
    </div>
  );
}

function Node({ node, chosen, words }: { node: NodeDifference; chosen: boolean; words: [string, string] }) {
  return (
    <div
      class={`node-difference ${chosen ? "chosen" : ""}`}
      ref={(row) => {
        if (chosen) row?.scrollIntoView({ block: "nearest" });
      }}
    >
      <h4>
        <span class={`change ${node.change}`}>{node.change}</span> {node.title}{" "}
        <small class="dim">{node.type.replaceAll("_", " ")}</small>
      </h4>
      {node.fields.length > 0 && <Fields fields={node.fields} words={words} />}
    </div>
  );
}

function Fields({ fields, words }: { fields: FieldDifference[]; words: [string, string] }) {
  return (
    <table class="field-differences">
      <thead>
        <tr>
          <th />
          {words.map((title, at) => <th key={at}>{title}</th>)}
        </tr>
      </thead>
      <tbody>
        {fields.map(({ field, before, after }) => (
          <tr key={field}>
            <th>{field}</th>
            <td class="before">{before || <i class="dim">{before === null ? "—" : "empty"}</i>}</td>
            <td class="after">{after || <i class="dim">{after === null ? "—" : "empty"}</i>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Beside project.json, which all of the above is about. */
export function Files({ files, files_total }: Pick<Comparison, "files" | "files_total">) {
  const others = files.filter((file) => file.path !== "project.json");
  const more = files_total - files.length;
  if (others.length === 0) return null;
  return (
    <details>
      <summary class="dim">{others.length + more} {others.length + more === 1 ? "file" : "files"}</summary>
      <ul>
        {others.map((file) => (
          <li key={file.path}>
            <span class="mono">{file.path}</span> <span class="dim">{file.change}</span>
          </li>
        ))}
        {more > 0 && <li class="dim">and {more} more</li>}
      </ul>
    </details>
  );
}
