const LONGEST = 2000;

/** A value of project.json as a person reads it; null: there is none. */
export function valueText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value.slice(0, LONGEST);
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(valueText).join(", ").slice(0, LONGEST) || "none";
  const fields = value as Record<string, unknown>;
  // A file: its name says enough.
  if (typeof fields.path === "string") return fields.path.split("/").at(-1)!;
  return Object.entries(fields).map(([key, each]) => `${key} ${valueText(each) ?? "none"}`).join(", ")
    .slice(0, LONGEST) || "none";
}
