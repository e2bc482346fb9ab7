import { useWorkspace } from "../workspace.ts";

/** One of the branches, or the commit that was asked for. */
export function VersionSelect({ label, value, onChange, without }: {
  label: string;
  value: string;
  onChange: (version: string) => void;
  without?: string;
}) {
  const { branches } = useWorkspace();
  const all = branches.all.value ?? [];
  return (
    <select
      class="input"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {!all.some((branch) => branch.name === value) && (
        <option value={value}>Version {value.slice(0, 7)}</option>
      )}
      {all.filter((branch) => branch.name !== without).map((branch) => (
        <option key={branch.name} value={branch.name}>{branch.title}</option>
      ))}
    </select>
  );
}
