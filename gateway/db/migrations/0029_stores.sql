-- Where a studio's objects lie if not (only) in the gateway's own store, and the way from one place to another (gateway/objects/README.md).
-- A studio without a row has all in the gateway's own store.
create table tenant_stores (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  -- Bucket, endpoint, region, prefix and where its credentials are to be found, which are never here. Null: the gateway's own store.
  place jsonb,
  -- copying, opening, switched, current: the way in. left: what still lies there is nobody's any more, but for what came late.
  state text not null check (state in ('copying', 'opening', 'switched', 'current', 'left')),
  -- Whether it refuses bytes that are not those of a signed checksum, as was found out when it was chosen.
  checksums_enforced boolean not null,
  begun_at timestamptz not null default now(),
  -- Since when it has its state.
  state_at timestamptz not null default now(),
  -- Of a way in: what is there and checked, of what there is.
  copied_objects bigint not null default 0,
  copied_bytes bigint not null default 0,
  all_objects bigint not null default 0,
  all_bytes bigint not null default 0
);
create unique index tenant_stores_current on tenant_stores (tenant_id) where state = 'current';
create unique index tenant_stores_coming on tenant_stores (tenant_id) where state in ('copying', 'opening', 'switched');
alter table tenant_stores enable row level security;
create policy tenant on tenant_stores to studio_tenant using (tenant_id = (select studio_tenant_id()));

-- Where a studio that is being deleted had objects, as its own rows go first: `[{"place": …, "checksums_enforced": …}]`.
alter table removed_tenants add column stores jsonb not null default '[]';
