import type { Querier } from "./mod.ts";

/**
 * Makes the role in which tenants' queries are asked, unless it is there. It can neither log in nor get round row-level security,
 * and belongs to the whole server: a dump of one database does not carry it.
 */
export async function ensureTenantRole(q: Querier): Promise<void> {
  await q.unsafe(`
    do $$
    begin
      if not exists (select from pg_roles where rolname = 'studio_tenant') then
        create role studio_tenant nologin nosuperuser nobypassrls;
      end if;
    exception
      -- Another studio on the same server was faster.
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'The studio needs a role of its own in this server. As a superuser: create role studio_tenant nologin; grant studio_tenant to %;', current_user;
    end $$;
    do $$
    begin
      -- Since PostgreSQL 16 whoever made a role is a member of it who may grant it, and no more (createrole_self_grant).
      if not pg_has_role(
        current_user, 'studio_tenant',
        case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end
      ) then
        execute format('grant studio_tenant to %I', current_user);
      end if;
    exception
      when insufficient_privilege then
        raise exception 'The studio may not act as its own role. As a superuser: grant studio_tenant to %;', current_user;
    end $$`);
}
