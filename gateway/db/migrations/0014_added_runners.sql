-- Function Runners that a studio added to those that come with the gateway. Versions are kept; the newest is offered, unless
-- it was taken away.
create table added_runners (
  tenant_id uuid not null references tenants,
  runner text not null,
  version text not null,
  -- SHA-256 of the pack, hex
  digest text not null,
  pack bytea not null,
  manifest jsonb not null,
  added_by text not null,
  added_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
  primary key (tenant_id, runner, version)
);
