-- Pushes to main that passed their checks: what they changed in project.json is to be merged into the live canvas, also when
-- the gateway that took them dies in between.
create table pushes (
  -- UUIDv7: the order of ids is the order of pushing.
  id uuid primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  author text not null,
  before_sha text not null,
  after_sha text not null,
  checked_at timestamptz not null default now(),
  -- main holds it.
  landed_at timestamptz,
  -- Its edits are on the canvas.
  absorbed_at timestamptz
);
create index pushes_open on pushes (project_id, id) where absorbed_at is null;
