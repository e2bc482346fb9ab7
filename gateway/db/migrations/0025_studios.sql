-- What a studio may use: the name of one of the gateway's plans (PLANS_FILE). Null: the one that is for all.
alter table tenants add column plan text;

-- Studios whose rows are gone and whose repositories and objects are being taken away: whoever was interrupted finds here what is
-- left to do. Nobody's row: the studio that it is about is not there any more.
create table removed_tenants (
  id uuid primary key,
  slug text not null unique,
  name text not null,
  removed_at timestamptz not null default now()
);
alter table removed_tenants enable row level security;

-- What a studio holds, summed from the index alone whenever somebody asks to upload more.
create index lfs_objects_held on lfs_objects (tenant_id) include (size) where state = 'ready';
