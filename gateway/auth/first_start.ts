import { uuidv7 } from "../../shared/ids.ts";
import type { Querier, Sql, Tx } from "../db/mod.ts";
import { insertToken } from "./tokens.ts";

/** Seconds that a link to open the studio works. */
const LINK_S = 15 * 60;
/** Any fixed number: gateways that start together take this lock in turn. */
const FIRST_START_LOCK = 7_305_119;

/** "Ada's Studio" -> "ada-s-studio"; "studio" when nothing remains. */
export function slugOf(name: string): string {
  const slug = name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, 40).replace(/-+$/, "");
  return slug || "studio";
}

/** The first tenant and its owner, once, whichever gateway comes first. The owner's link, or null when they exist. */
export async function makeFirstTenant(sql: Sql, studioName: string): Promise<string | null> {
  return await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${FIRST_START_LOCK})`;
    const [tenant] = await tx`select 1 from tenants limit 1`;
    if (tenant) return null;
    return await makeTenant(tx, { name: studioName, slug: slugOf(studioName) }, LINK_S);
  }) as string | null;
}

/** A studio with its owner. The token of the owner's one-time link, good for so many seconds. */
export async function makeTenant(
  tx: Tx,
  studio: { name: string; slug: string },
  linkS: number,
): Promise<string> {
  const tenantId = uuidv7();
  const userId = uuidv7();
  await tx`insert into tenants (id, slug, name) values (${tenantId}, ${studio.slug}, ${studio.name})`;
  await tx`insert into users (id, tenant_id, name, role) values (${userId}, ${tenantId}, 'Owner', 'owner')`;
  return (await insertToken(tx, { kind: "enter", tenantId, userId, expiresS: linkS })).secret;
}

/**
 * A link token for the owner of a tenant, the first of all unless it is named: whoever can start the gateway on its database may
 * open it.
 */
export async function makeOwnerLink(
  q: Querier,
  { tenantId, linkS = LINK_S }: { tenantId?: string; linkS?: number } = {},
): Promise<string | null> {
  const [owner] = await q<{ id: string; tenant_id: string }[]>`
    select u.id, u.tenant_id from users u join tenants t on t.id = u.tenant_id
    where u.role = 'owner' and u.removed_at is null ${tenantId ? q`and t.id = ${tenantId}` : q``}
    order by t.created_at, t.id, u.created_at, u.id limit 1`;
  if (!owner) return null;
  const link = { kind: "enter", tenantId: owner.tenant_id, userId: owner.id, expiresS: linkS } as const;
  return (await insertToken(q, link)).secret;
}
