import { makeOwnerLink, makeTenant, slugOf } from "../../gateway/auth/mod.ts";
import type { Querier, Sql } from "../../gateway/db/mod.ts";
import { isId } from "../../shared/ids.ts";
import { StudioError } from "./error.ts";

export interface Tenant {
  id: string;
  slug: string;
  name: string;
  plan: string | null;
}

/** Seconds that the link of a new studio's owner works: it goes by mail. */
const LINK_S = 7 * 24 * 3600;

/** By its short name or its id. */
export async function findStudio(q: Querier, studio: string): Promise<Tenant> {
  const [row] = await q<Tenant[]>`
    select id, slug, name, plan from tenants
    where slug = ${studio} or id = ${isId(studio) ? studio : null}::uuid`;
  if (!row) throw new StudioError(`There is no studio "${studio}"; deno task studio list names them.`);
  return row;
}

/** A studio beside the others, with an owner who comes in by the link of this token. */
export async function addStudio(sql: Sql, name: string): Promise<{ slug: string; token: string }> {
  if (!name || name.length > 100) throw new StudioError("Give the studio a name of at most 100 characters.");
  const slug = slugOf(name);
  return await sql.begin(async (tx) => {
    const [there] = await tx<{ name: string; leaving: boolean }[]>`
      select name, false as leaving from tenants where slug = ${slug}
      union all select name, true from removed_tenants where slug = ${slug}`;
    if (there?.leaving) {
      throw new StudioError(
        `"${there.name}" is only half deleted; finish it with deno task studio delete ${slug} --yes, or choose another name.`,
      );
    }
    if (there) {
      throw new StudioError(`"${there.name}" is called ${slug} already; give the new studio another name.`);
    }
    return { slug, token: await makeTenant(tx, { name, slug }, LINK_S) };
  }) as { slug: string; token: string };
}

/** Another link for its owner: the first one was lost, or ran out. */
export async function linkToStudio(q: Querier, { id, name }: Tenant): Promise<string> {
  const token = await makeOwnerLink(q, { tenantId: id, linkS: LINK_S });
  if (!token) throw new StudioError(`${name} has no owner any more.`);
  return token;
}

export interface Listed extends Tenant {
  people: number;
  projects: number;
  agents: number;
  /** Of its files in the object store, bytes. */
  held: number;
}

export async function listStudios(q: Querier): Promise<Listed[]> {
  return await q<Listed[]>`
    select t.id, t.slug, t.name, t.plan,
      (select count(*)::int from users u where u.tenant_id = t.id and u.removed_at is null) as people,
      (select count(*)::int from projects p where p.tenant_id = t.id) as projects,
      (select count(*)::int from agents a where a.tenant_id = t.id and a.removed_at is null) as agents,
      (select coalesce(sum(size), 0)::bigint from lfs_objects o where o.tenant_id = t.id and state = 'ready')
        + (select coalesce(sum(size), 0)::bigint from library_objects o where o.tenant_id = t.id and state = 'ready')
        as held
    from tenants t order by t.created_at, t.id`;
}

/** Studios whose deletion was interrupted. */
export async function halfDeleted(q: Querier): Promise<{ slug: string; name: string }[]> {
  return await q<{ slug: string; name: string }[]>`select slug, name from removed_tenants order by slug`;
}
