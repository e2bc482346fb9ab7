-- The live document behind a canvas: what was changed, in order, and now and then the whole. Each version of a canvas is
-- one row of updates, or lies within the snapshot.
create table canvas_updates (
  project_id uuid not null references projects on delete cascade,
  version int not null,
  -- As Yjs writes it (update format, version 1).
  data bytea not null,
  changed_by text not null,
  at timestamptz not null default now(),
  primary key (project_id, version)
);
create table canvas_snapshots (
  project_id uuid primary key references projects on delete cascade,
  -- Everything up to this version is in it.
  version int not null,
  state bytea not null
);
