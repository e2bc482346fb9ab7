-- The last words and the last picture of a job's latest attempt: beside the job's row, which is written two or three times in
-- its life. What succeeded leaves none.
create table job_logs (
  job_id uuid primary key references jobs,
  tenant_id uuid not null references tenants,
  -- The grant that they are of: what an earlier attempt says no longer counts.
  lease_token bigint not null,
  log_tail text not null default '',
  log_at timestamptz,
  -- JPEG
  image bytea,
  image_at timestamptz
);

-- What operators should know of a machine is of no project.
alter table notices alter column project_id drop not null;
alter table notices add column agent_id uuid references agents;
-- What it is about, so that it is said once and not with every heartbeat: 'disk', 'comfyui', 'suspended flux-image'.
alter table notices add column about text;
create index notices_studio on notices (tenant_id, id desc) where project_id is null;
