-- Creative directions. Main is no row: it is there with the project. A name is used once in a project, as a take's number is:
-- whatever was made under it stays findable, and a branch that is brought back is the one that was discarded.
create table branches (
  project_id uuid not null references projects on delete cascade,
  tenant_id uuid not null references tenants,
  name text not null,
  title text not null,
  -- Of the project's title, description and quality those that this branch has otherwise.
  settings jsonb not null default '{}',
  -- The commit that it began with.
  begun_sha text not null,
  made_by text not null,
  made_at timestamptz not null default now(),
  discarded_by text,
  discarded_at timestamptz,
  -- Where a discarded one's commits are kept: refs/studio/discarded/…
  kept_ref text,
  -- What is being done to its ref; a gateway that finds it so finishes it.
  doing text check (doing in ('make', 'discard', 'restore')),
  primary key (project_id, name)
);
create index branches_doing on branches (project_id) where doing is not null;

alter table canvases add column branch text not null default 'main';
alter table canvases drop constraint canvases_pkey, add primary key (project_id, branch);
alter table canvas_updates add column branch text not null default 'main';
alter table canvas_updates drop constraint canvas_updates_pkey, add primary key (project_id, branch, version);
alter table canvas_snapshots add column branch text not null default 'main';
alter table canvas_snapshots drop constraint canvas_snapshots_pkey, add primary key (project_id, branch);

-- Takes and their numbers are the project's; what is chosen is the branch's.
alter table active_takes add column branch text not null default 'main';
alter table active_takes drop constraint active_takes_pkey, add primary key (project_id, branch, node_id);
create index active_takes_take on active_takes (take_id);

-- Where it was asked for: its files are committed there.
alter table jobs add column branch text not null default 'main';
alter table takes add column branch text not null default 'main';
alter table exports add column branch text not null default 'main';
alter table outbox add column branch text not null default 'main';
alter table pushes add column branch text not null default 'main';
-- A merge comes onto the canvas as a push does.
alter table pushes add column kind text not null default 'push' check (kind in ('push', 'merge'));

-- Takes that a branch has beside those made on it: it began with them, or they came by a merge or a push.
create table branch_takes (
  project_id uuid not null references projects on delete cascade,
  branch text not null,
  take_id uuid not null references takes on delete cascade,
  primary key (take_id, branch)
);
create index branch_takes_branch on branch_takes (project_id, branch);
