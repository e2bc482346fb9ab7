/**
 * As much of YAML as a template needs: block maps and lists, and the short form of CloudFormation's functions, with which it stays below the
 * 51,200 bytes that can be sent without a bucket. Scalars are JSON where a plain word would not do.
 */
export function yaml(value: unknown, indent = ""): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return " []\n";
    return "\n" + value.map((each) => `${indent}-${item(each, indent)}`).join("");
  }
  if (value !== null && typeof value === "object") {
    const short = shortForm(value as Record<string, unknown>);
    if (short) return ` ${short.tag}${yaml(short.of, indent)}`;
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    if (entries.length === 0) return " {}\n";
    return "\n" +
      entries.map(([key, each]) => `${indent}${scalar(key)}:${yaml(each, indent + "  ")}`).join("");
  }
  if (typeof value === "string" && value.includes("\n")) {
    const lines = value.replace(/\n$/, "").split("\n");
    return " |\n" + lines.map((line) => (line ? indent + line : "") + "\n").join("");
  }
  return ` ${scalar(value)}\n`;
}

function shortForm(value: Record<string, unknown>): { tag: string; of: unknown } | null {
  const [name, more] = Object.keys(value);
  if (more !== undefined || name === undefined) return null;
  if (name === "Ref") return { tag: "!Ref", of: value.Ref };
  if (name === "Fn::Sub") return { tag: "!Sub", of: value[name] };
  if (name === "Fn::GetAtt") return { tag: "!GetAtt", of: (value[name] as string[]).join(".") };
  return null;
}

/** A map in a list begins on the dash's own line. */
function item(value: unknown, indent: string): string {
  const text = yaml(value, indent + "  ");
  return text.startsWith("\n") && !Array.isArray(value) ? ` ${text.slice(1 + indent.length + 2)}` : text;
}

const PLAIN = /^(?:[A-Za-z/$][\w./${}:*+=-]*(?: [\w./${}*+=()-]+)*)$/;
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n|=)$/i;

function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return PLAIN.test(value) && !WORDS.test(value) && !/:(?: |$)/.test(value) ? value : JSON.stringify(value);
}
