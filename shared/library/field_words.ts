const NAMES: Readonly<Record<string, string>> = {
  images: "pictures",
  runner: "runner",
  trim_in: "trim in",
  trim_out: "trim out",
  off: "left out",
};
/** Longest value that is told, characters. */
const SHORT = 60;

/** A node's field in a person's words; a parameter of a runner by its name. */
export function fieldName(field: string): string {
  return NAMES[field] ?? field.replace(/^params\./, "").replaceAll("_", " ");
}

/** What a field says, short enough for one line. */
export function valueWords(field: string, value: unknown): string {
  if (value === undefined || value === null || value === "") return "nothing";
  if (field === "images" && Array.isArray(value)) {
    return value.length === 1 ? "1 picture" : `${value.length} pictures`;
  }
  if (field === "mask") return "another mask";
  if (typeof value === "string") {
    const line = value.replace(/\s+/g, " ").trim();
    return `“${line.length > SHORT ? `${line.slice(0, SHORT)}…` : line}”`;
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value);
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text;
}
