import { uuidv7 } from "../../shared/ids.ts";
import type { Querier, Sql } from "../db/mod.ts";
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
    const tenantId = uuidv7();
    const userId = uuidv7();
    await tx`insert into tenants (id, slug, name) values (${tenantId}, ${slugOf(studioName)}, ${studioName})`;
    await tx`insert into users (id, tenant_id, name, role) values (${userId}, ${tenantId}, 'Owner', 'owner')`;
    return (await insertToken(tx, { kind: "enter", tenantId, userId, expiresS: LINK_S })).secret;
  }) as string | null;
}

/** A link token for the owner of the first tenant: whoever can start the gateway on its database is its owner. */
export async function makeOwnerLink(q: Querier): Promise<string | null> {
  const [owner] = await q<{ id: string; tenant_id: string }[]>`
    select u.id, u.tenant_id from users u join tenants t on t.id = u.tenant_id
    where u.role = 'owner' and u.removed_at is null order by t.created_at, t.id, u.created_at, u.id limit 1`;
  if (!owner) return null;
  const link = { kind: "enter", tenantId: owner.tenant_id, userId: owner.id, expiresS: LINK_S } as const;
  return (await insertToken(q, link)).secret;
}
