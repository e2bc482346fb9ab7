-- The project's own media: files that people brought, filed under 01_Assets.
create table assets (
  -- UUIDv7: the order of ids is the order of filing.
  id uuid primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  folder text not null check (folder in ('Images', 'Audio', 'Video', 'Masks')),
  name text not null,
  path text not null,
  oid text not null,
  size bigint not null,
  format text not null,
  width int,
  height int,
  created_by text not null,
  committed_at timestamptz,
  created_at timestamptz not null default now(),
  -- The same bytes are filed once.
  unique (project_id, folder, oid)
);
-- Two names that differ in case alone are one file in a clone on Windows or a Mac.
create unique index assets_path on assets (project_id, lower(path));
create index assets_newest on assets (project_id, id desc);
create index assets_content on assets (project_id, oid);

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check check (kind in ('take', 'export', 'manifest', 'asset'));
