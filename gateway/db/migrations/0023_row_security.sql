-- The second wall between studios (gateway/db/scope.ts): what is asked for a tenant is asked in a role that sees that tenant's
-- rows only, whatever the query says. The role belongs to the whole server, so it is made beside the migrations
-- (gateway/db/tenant_role.ts).
grant usage on schema public to studio_tenant;
grant select, insert, update, delete on all tables in schema public to studio_tenant;
grant usage, select on all sequences in schema public to studio_tenant;
alter default privileges in schema public grant select, insert, update, delete on tables to studio_tenant;
alter default privileges in schema public grant usage, select on sequences to studio_tenant;

create function studio_tenant_id() returns uuid language sql stable
  as $$ select nullif(current_setting('studio.tenant', true), '')::uuid $$;

do $$
declare
  each text;
begin
  for each in
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
  loop
    execute format('alter table %I enable row level security', each);
    execute format(
      'create policy tenant on %I to studio_tenant using (tenant_id = (select studio_tenant_id()))', each);
  end loop;
end $$;

alter table tenants enable row level security;
create policy tenant on tenants to studio_tenant using (id = (select studio_tenant_id()));

-- What hangs on a project, whose own policy says whose it is.
alter table canvas_updates enable row level security;
create policy tenant on canvas_updates to studio_tenant
  using (exists (select from projects where projects.id = canvas_updates.project_id));
alter table canvas_snapshots enable row level security;
create policy tenant on canvas_snapshots to studio_tenant
  using (exists (select from projects where projects.id = canvas_snapshots.project_id));
alter table branch_takes enable row level security;
create policy tenant on branch_takes to studio_tenant
  using (exists (select from projects where projects.id = branch_takes.project_id));

-- No tenant's business: without a policy the role sees none of it.
alter table settings enable row level security;
alter table challenges enable row level security;
alter table migrations enable row level security;
