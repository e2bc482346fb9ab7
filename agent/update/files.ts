import { join } from "@std/path";
import { z } from "zod";

/**
 * What the agent, its page, its launcher and the updater tell each other about versions, in `<data>/update`. None of it decides what code
 * is run: that is the launcher's, by digests in a folder that no other program may write.
 */
const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** `offer.json`: the agent says which version its gateway serves, null: its own, and whether it waits for its owner's yes. */
const Offer = z.object({
  own: Digest,
  offered: Digest.nullable(),
  sentence: z.string(),
  asks: z.boolean().default(true),
  at: z.string(),
});
/** `consent.json`: the owner's yes to one version. `wanted.json`: the agent asks its launcher to fetch it. */
const Named = z.object({ digest: Digest, at: z.string() });
/** `fetched.json`: what became of fetching it. */
const FetchedFile = z.object({ digest: Digest, ready: z.boolean(), sentence: z.string(), at: z.string() });

const SCHEMAS = {
  offer: Offer,
  consent: Named,
  wanted: Named,
  fetched: FetchedFile,
  registered: Named,
} as const;
type Name = keyof typeof SCHEMAS;
type Value<N extends Name> = z.infer<(typeof SCHEMAS)[N]>;

export function updateDir(dataDir: string): string {
  return join(dataDir, "update");
}

export async function readNews<N extends Name>(dataDir: string, name: N): Promise<Value<N> | null> {
  try {
    const text = await Deno.readTextFile(join(updateDir(dataDir), `${name}.json`));
    return SCHEMAS[name].parse(JSON.parse(text)) as Value<N>;
  } catch {
    return null;
  }
}

export async function writeNews<N extends Name>(
  dataDir: string,
  name: N,
  value: Omit<Value<N>, "at">,
): Promise<void> {
  const path = join(updateDir(dataDir), `${name}.json`);
  await Deno.mkdir(updateDir(dataDir), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${path}.new`, JSON.stringify({ ...value, at: new Date().toISOString() }), {
    mode: 0o600,
  });
  await Deno.rename(`${path}.new`, path);
}
