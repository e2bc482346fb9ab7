-- Git LFS locks: who works on a file that two people's versions of cannot be merged.
create table lfs_locks (
  -- UUIDv7: the order of ids is the order of locking.
  id uuid primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  path text not null,
  ref text,
  user_id uuid not null references users,
  locked_at timestamptz not null default now(),
  unique (project_id, path)
);
create index lfs_locks_newest on lfs_locks (project_id, id desc);
