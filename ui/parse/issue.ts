/** What is wrong with a value, in zod's words. */
export interface Issue {
  code: string;
  path: PropertyKey[];
  message: string;
}

/** Reads a value: what it makes of it, what is wrong goes into `issues`. */
export type Step = (value: unknown, issues: Issue[], path: PropertyKey[]) => unknown;
export type Check = Step;

export function fail(
  value: unknown,
  issues: Issue[],
  path: PropertyKey[],
  message: string,
  code = "custom",
): unknown {
  issues.push({ code, path, message });
  return value;
}

/** A value's kind as zod calls it. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isFinite(value) ? "number" : String(value);
  const prototype = typeof value === "object" ? Object.getPrototypeOf(value) : null;
  return prototype && prototype !== Object.prototype ? prototype.constructor?.name ?? "object" : typeof value;
}

export function list(values: readonly unknown[], between: string): string {
  return values.map((value) => typeof value === "string" ? `"${value}"` : String(value)).join(between);
}
