import { isId, uuidv7 } from "../../shared/ids.ts";
import { asSystem, type Sql } from "../db/mod.ts";

/** Seconds within which a browser has to answer; a person looks for their key, or signs in elsewhere. */
const ANSWER_S = 600;

type Kind = "passkey_new" | "passkey_use" | "oidc";

/** Remembers what the answer is to be held against; the id goes out with the question. */
export async function makeChallenge(
  sql: Sql,
  { kind, secret, userId = null }: { kind: Kind; secret: Record<string, string>; userId?: string | null },
): Promise<string> {
  const id = uuidv7();
  await asSystem(async () => {
    await sql`delete from challenges where expires_at < now()`;
    await sql`
      insert into challenges (id, kind, secret, user_id, expires_at)
      values (${id}, ${kind}, ${sql.json(secret)}, ${userId}, now() + make_interval(secs => ${ANSWER_S}))`;
  });
  return id;
}

/** Takes it away: a question is answered once. Null when it was, is too old, or was asked of somebody else. */
export async function takeChallenge(
  sql: Sql,
  { id, kind, userId = null }: { id: string; kind: Kind; userId?: string | null },
): Promise<Record<string, string> | null> {
  if (!isId(id)) return null;
  const [row] = await asSystem(() =>
    sql<{ secret: Record<string, string> }[]>`
    delete from challenges
    where id = ${id} and kind = ${kind} and user_id is not distinct from ${userId}::uuid and expires_at > now()
    returning secret`
  );
  return row?.secret ?? null;
}
