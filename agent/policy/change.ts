import { Policy, policyPath } from "./policy.ts";

/** Another hand has changed the file meanwhile. */
export class PolicyMoved extends Error {}

/** What a form starts from: the rules, what the file says, and a mark that tells whether it is still the same at saving. */
export interface PolicyDraft {
  policy: Policy | null;
  /** What is wrong with the file. */
  fault: string | null;
  mark: string;
}

export async function draftOf(dataDir: string): Promise<PolicyDraft> {
  const text = await textOf(dataDir);
  const mark = await markOf(text);
  const parsed = Policy.safeParse(parse(text));
  return parsed.success
    ? { policy: parsed.data, fault: null, mark }
    : { policy: null, fault: sentenceOf(parsed.error.issues[0]!), mark };
}

/**
 * Writes these fields into `policy.json` and leaves all others as they stand there, in their order. Throws PolicyMoved, or an Error whose
 * sentence names the field that is wrong: then nothing is written.
 */
export async function changePolicy(
  dataDir: string,
  mark: string,
  fields: Record<string, unknown>,
): Promise<void> {
  const text = await textOf(dataDir);
  if (await markOf(text) !== mark) {
    throw new PolicyMoved(
      "policy.json was changed elsewhere meanwhile: load the page anew and say it again.",
    );
  }
  const before = parse(text);
  const next = { ...(typeof before === "object" && before !== null ? before : {}), ...fields };
  const parsed = Policy.safeParse(next);
  if (!parsed.success) throw new Error(sentenceOf(parsed.error.issues[0]!));
  const path = policyPath(dataDir);
  await Deno.writeTextFile(`${path}.new`, JSON.stringify(next, null, 2) + "\n", { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}

function sentenceOf(issue: { path: PropertyKey[]; message: string }): string {
  return [issue.path.map(String).join("."), issue.message].filter(Boolean).join(": ");
}

async function textOf(dataDir: string): Promise<string> {
  try {
    return await Deno.readTextFile(policyPath(dataDir));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "{}";
    throw error;
  }
}

async function markOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 16);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
