-- The library of a studio: a Git repository of its own. What is in these tables was read from main, and can be read again.
create table libraries (
  id uuid primary key,
  tenant_id uuid not null unique references tenants,
  -- Commit of main that the tables below show; null: none yet.
  read_sha text,
  created_at timestamptz not null default now()
);

-- As lfs_objects and lfs_locks of projects. Kept once for each hash in a studio: tenants/<tenant>/library/lfs/ab/cd/<oid>.
create table library_objects (
  library_id uuid not null references libraries,
  tenant_id uuid not null references tenants,
  oid text not null,
  size bigint not null,
  state text not null check (state in ('pending', 'ready')),
  created_at timestamptz not null default now(),
  -- When it was last announced or verified.
  touched_at timestamptz not null default now(),
  primary key (library_id, oid)
);
create table library_locks (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  library_id uuid not null references libraries,
  path text not null,
  ref text,
  user_id uuid not null references users,
  locked_at timestamptz not null default now(),
  unique (library_id, path)
);

-- The id stands in item.json, which people push: it is unique in its library only.
create table library_items (
  library_id uuid not null references libraries,
  tenant_id uuid not null references tenants,
  id uuid not null,
  folder text not null,
  -- Folder of the item in the repository: Characters/Keeper
  path text not null,
  kind text not null check (kind in ('asset', 'node', 'template', 'media')),
  title text not null,
  tags text[] not null,
  description text not null,
  retired boolean not null,
  -- The newest.
  version int not null,
  updated_at timestamptz not null,
  primary key (library_id, id)
);
create index library_items_folder on library_items (library_id, folder, id desc);

-- Never changed once they are there.
create table library_versions (
  library_id uuid not null references libraries,
  tenant_id uuid not null references tenants,
  item_id uuid not null,
  version int not null,
  note text not null,
  published_by text not null,
  published_at timestamptz not null,
  commit_sha text not null,
  -- Folder that the item had then.
  path text not null,
  -- kind, poster, files, graph
  content jsonb not null,
  primary key (library_id, item_id, version)
);
