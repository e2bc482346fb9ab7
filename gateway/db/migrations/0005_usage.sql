-- What was used, append-only: one row per kind and finished attempt (job and lease).
create table usage_events (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  agent_id uuid references agents,
  job_id uuid not null references jobs,
  lease_token bigint not null,
  tier text,
  capability text not null,
  kind text not null check (kind in ('gpu_seconds', 'cpu_seconds', 'storage_bytes')),
  amount double precision not null check (amount >= 0),
  at timestamptz not null default now(),
  unique (job_id, lease_token, kind)
);
create index usage_events_tenant on usage_events (tenant_id, at);
