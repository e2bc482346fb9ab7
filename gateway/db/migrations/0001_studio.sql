-- The studio's tables. Every one carries its tenant. Times are the database's.

create table tenants (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$'),
  name text not null,
  created_at timestamptz not null default now()
);

create table users (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  name text not null,
  role text not null check (role in ('owner', 'artist', 'viewer')),
  created_at timestamptz not null default now(),
  -- Their access was taken away; what they made keeps their name.
  removed_at timestamptz
);

-- Everything that authenticates, stored as a SHA-256 of the secret that was shown once.
-- enter: a one-time link that opens a session. join: lets `uses_left` agents register.
create table tokens (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  kind text not null check (kind in ('enter', 'session', 'access', 'agent', 'join')),
  hash bytea not null unique,
  user_id uuid references users,
  agent_id uuid,
  name text not null default '',
  pools text[] not null default '{}',
  uses_left int,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);

create table projects (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  slug text not null,
  title text not null,
  description text not null default '',
  fps text not null,
  width int not null,
  height int not null,
  quality text not null check (quality in ('low', 'standard', 'high')),
  fallback text not null check (fallback in ('lower', 'wait')),
  pools text[] not null default '{default}',
  -- Next embedded start timecode for a take, in frames: every take has its own range.
  next_timecode bigint not null default 0,
  -- Virtual time of start-time fair queueing: what this project's last job was given.
  fair_finish bigint not null default 0,
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, slug)
);

create table canvases (
  project_id uuid primary key references projects,
  tenant_id uuid not null references tenants,
  version int not null default 0,
  graph jsonb not null,
  updated_by text,
  updated_at timestamptz not null default now()
);

create table agents (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  name text not null,
  pools text[] not null,
  facts jsonb not null,
  -- Counts up when the facts change, so that they are read once and not with every look at the fleet.
  facts_version int not null default 1,
  -- MiB, from heartbeats: newer than the one in the facts. Null until the first.
  disk_free_mb int,
  boot_id uuid,
  paused boolean not null default false,
  draining boolean not null default false,
  -- The agent itself said it is draining.
  leaving boolean not null default false,
  last_seen_at timestamptz,
  created_at timestamptz not null default now(),
  removed_at timestamptz
);
create index agents_live on agents (tenant_id, last_seen_at) where removed_at is null;
create unique index agents_name on agents (tenant_id, name) where removed_at is null;

-- Three faults of the host with one runner suspend the pair until somebody clears it.
create table strikes (
  agent_id uuid not null references agents,
  tenant_id uuid not null references tenants,
  runner text not null,
  count int not null default 0,
  suspended_at timestamptz,
  primary key (agent_id, runner)
);

create table jobs (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  -- The project's pools, sorted and joined by '+': any agent that serves one of them may take it.
  pool text not null,
  kind text not null check (kind in ('generate', 'assemble')),
  node_id text,
  title text not null,
  runner text not null,
  tier_requested text,
  tier text,
  fallback text,
  capability text not null,
  vram_mb int not null,
  ram_mb int not null default 0,
  disk_mb int not null default 0,
  -- Best fit: a large card takes what only it can take first. VRAM in whole GiB, greatest first.
  fit smallint not null,
  priority smallint not null check (priority between 0 and 9),
  fair_key bigint not null,
  state text not null check (state in ('blocked', 'queued', 'leased', 'succeeded', 'failed', 'cancelled')),
  attempt smallint not null default 0,
  max_attempts smallint not null default 3,
  run_after timestamptz not null default now(),
  -- A retry that waits for run_after. It stays out of the queue's index until the sweeper wakes it, so that a thousand
  -- of them with old fair keys are not read again by every poll.
  resting boolean not null default false,
  lease_token bigint not null default 0,
  lease_agent uuid references agents,
  lease_slot text,
  lease_boot uuid,
  lease_until timestamptz,
  started_at timestamptz,
  max_run_s int not null default 3600,
  cancel_requested_at timestamptz,
  -- Agents that failed it: a retry prefers another while one is online.
  avoid uuid[] not null default '{}',
  oom_retries smallint not null default 0,
  spec jsonb not null,
  take jsonb,
  error jsonb,
  created_by text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  check ((state = 'leased') = (lease_until is not null)),
  check (not resting or state = 'queued'),
  check ((state in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 200);

-- What a poll reads: per pool and capability the first few in order, never the length of the queue.
create index jobs_queued on jobs (tenant_id, pool, capability, priority desc, fair_key, id)
  where state = 'queued' and not resting;
create index jobs_resting on jobs (run_after) where resting;
-- The virtual time of a lane is the greatest fair_key that was ever handed out in it.
create index jobs_dispatched on jobs (tenant_id, capability, priority, fair_key) where lease_token > 0;
create index jobs_leased on jobs (lease_until) where state = 'leased';
create index jobs_agent on jobs (lease_agent) where state = 'leased';
create index jobs_project on jobs (project_id, id desc);
create index jobs_unfinished on jobs (tenant_id, id) where state in ('blocked', 'queued', 'leased');

create table job_dependencies (
  job_id uuid not null references jobs,
  needs uuid not null references jobs,
  tenant_id uuid not null references tenants,
  primary key (job_id, needs)
);
create index job_dependencies_needs on job_dependencies (needs);

-- The story of a job in sentences: every change of state, fallback, retry.
create table job_events (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  job_id uuid not null references jobs,
  at timestamptz not null default now(),
  kind text not null,
  sentence text not null,
  data jsonb
);
create index job_events_job on job_events (job_id, id);

-- `take` counts up for ever within a version; reserved in the transaction that makes the job.
create table take_counters (
  project_id uuid not null references projects,
  tenant_id uuid not null references tenants,
  shot text not null,
  version int not null,
  last_take int not null default 0,
  primary key (project_id, shot, version)
);

create table takes (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  node_id text not null,
  shot text not null,
  version int not null,
  take int not null,
  name text not null,
  job_id uuid not null unique references jobs,
  kind text not null check (kind in ('image', 'video')),
  tier_requested text not null,
  tier text not null,
  runner text not null,
  oid text not null,
  size bigint not null,
  extension text not null,
  media jsonb not null,
  poster_oid text,
  proxy_oid text,
  reel text not null,
  timecode_start bigint not null,
  path text not null,
  sidecar jsonb not null,
  committed_at timestamptz,
  created_at timestamptz not null default now(),
  unique (project_id, shot, version, take)
);
create index takes_node on takes (project_id, node_id, id desc);

create table active_takes (
  project_id uuid not null references projects,
  tenant_id uuid not null references tenants,
  node_id text not null,
  take_id uuid not null references takes,
  primary key (project_id, node_id)
);

create table lfs_objects (
  project_id uuid not null references projects,
  tenant_id uuid not null references tenants,
  oid text not null,
  size bigint not null,
  state text not null check (state in ('pending', 'ready')),
  created_at timestamptz not null default now(),
  primary key (project_id, oid)
);

create table exports (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  job_id uuid not null unique references jobs,
  name text not null,
  version int not null,
  frames int not null,
  edl text not null,
  -- null until the agent has reported it.
  oid text,
  size bigint,
  poster_oid text,
  proxy_oid text,
  path text not null,
  edl_path text not null,
  committed_at timestamptz,
  created_at timestamptz not null default now(),
  unique (project_id, name, version)
);

create table notices (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  at timestamptz not null default now(),
  level text not null check (level in ('info', 'attention', 'broken')),
  sentence text not null,
  job_id uuid,
  node_id text
);
create index notices_project on notices (project_id, id desc);

-- What Postgres has decided and Git has yet to hold. Replaying a row changes nothing.
create table outbox (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  kind text not null check (kind in ('take', 'export', 'manifest')),
  subject uuid,
  author text not null default 'Studio',
  created_at timestamptz not null default now(),
  done_at timestamptz,
  commit_sha text
);
create index outbox_open on outbox (project_id, id) where done_at is null;

-- What gateways that share this database must agree on, e.g. the key that signs URLs and lease tokens.
create table settings (
  key text primary key,
  value text not null
);
