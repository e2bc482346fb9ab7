import { LOG_TAIL } from "./log.ts";

/** Shorter texts of a job (a sampler's name, a seed) say nothing about it, and their letters occur everywhere. */
const SHORT = 20;

/**
 * The end of a log as people may pass it on: without the job's own texts, without what opens anything, and without who is
 * logged in at the machine. A log is pasted into reports; a prompt may be a secret of the film.
 *
 * @param texts the job's parameters by name; texts of the prompt are hidden whatever their length
 */
export function redactLog(log: string, texts: Record<string, unknown> = {}): string {
  let text = log.replaceAll("\r\n", "\n").replaceAll("\0", "");
  for (const secret of secretsOf(texts)) text = text.replaceAll(secret, "[text of the job]");
  for (const [pattern, instead] of PATTERNS) text = text.replace(pattern, instead);
  return text.slice(-LOG_TAIL);
}

/** Longest first, so that a part hides nothing of the whole; as they are and as JSON and Python print them. */
function secretsOf(texts: Record<string, unknown>): string[] {
  const whole = Object.entries(texts).flatMap(([name, value]) => {
    if (typeof value !== "string" || value.trim().length < 3) return [];
    return name.includes("prompt") || value.length >= SHORT ? [value.trim()] : [];
  });
  const lines = whole.flatMap((value) => value.split("\n").map((line) => line.trim()))
    .filter((line) => line.length >= SHORT);
  const printed = [...whole, ...lines].flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  return [...new Set(printed)].toSorted((a, b) => b.length - a.length);
}

const PATTERNS: [RegExp, string][] = [
  // Signed URLs and whatever else stands behind a question mark.
  [/(https?:\/\/[^\s"'<>?]+)\?[^\s"'<>]+/gi, "$1?[left out]"],
  [/\/\/[^\s/@:"']+:[^\s/@"']+@/g, "//[left out]@"],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, "$1 [left out]"],
  [/\bgms_[a-z]+_[A-Za-z0-9_-]+/g, "[left out]"],
  [/\b(hf|sk|ghp|gho|glpat|xox[a-z])[_-][A-Za-z0-9_-]{16,}/g, "[left out]"],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, "[left out]"],
  [
    /\b([A-Za-z0-9_]*(?:password|passwd|secret|token|api_?key|authorization)["']?\s*[=:]\s*)(?!\[left out\])["']?[^\s"',;]{3,}/gi,
    "$1[left out]",
  ],
  // Home folders carry people's names.
  [/(\/home\/|\/Users\/)[^/\s"':]+/g, "$1~"],
  [/([A-Z]:\\Users\\)[^\\\s"':]+/gi, "$1~"],
];
