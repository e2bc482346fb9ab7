-- When an object was last announced, verified or looked at by somebody about to refer to it: what nothing refers to is cleared
-- away only a grace time after that.
alter table lfs_objects add column touched_at timestamptz not null default now();
create index lfs_objects_touched on lfs_objects (touched_at);

-- Uploads in parts of objects that are too large for one PUT to S3; by agents alone. One per object: whoever sends it again
-- goes on where the last one stopped.
create table lfs_multiparts (
  project_id uuid not null references projects,
  tenant_id uuid not null references tenants,
  oid text not null,
  size bigint not null,
  -- The store's own name of the upload.
  upload_id text not null,
  part_size bigint not null,
  created_at timestamptz not null default now(),
  touched_at timestamptz not null default now(),
  primary key (project_id, oid)
);

-- What was used stays known when the job is long forgotten.
alter table usage_events drop constraint usage_events_job_id_fkey;
create index jobs_finished on jobs (finished_at) where finished_at is not null;
create index outbox_done on outbox (done_at) where done_at is not null;
create index job_events_at on job_events (at);
