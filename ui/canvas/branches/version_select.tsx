import { useWorkspace } from "../workspace.ts";

/** One of the branches, with `versions` also a milestone or the commit that was asked for. */
export function VersionSelect({ label, value, onChange, without, versions = false }: {
  label: string;
  value: string;
  onChange: (version: string) => void;
  without?: string;
  versions?: boolean;
}) {
  const { branches } = useWorkspace();
  const all = branches.all.value ?? [];
  const milestones = versions ? branches.milestones.value : [];
  const known = all.some((branch) => branch.name === value) ||
    milestones.some((mark) => mark.commit === value);
  return (
    <select
      class="input"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {!known && <option value={value}>Version {value.slice(0, 7)}</option>}
      {all.filter((branch) => branch.name !== without).map((branch) => (
        <option key={branch.name} value={branch.name}>{branch.title}</option>
      ))}
      {milestones.length > 0 && (
        <optgroup label="Milestones">
          {milestones.filter((mark) => mark.commit !== without).map((mark) => (
            <option key={mark.name} value={mark.commit}>{mark.name}</option>
          ))}
        </optgroup>
      )}
    </select>
  );
}
