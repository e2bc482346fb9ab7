-- Whose machines they are, and on which of them work may run. own: the studio's; trusted: of people it knows; anyone: of
-- whoever was given a code. Machines that are here already are trusted, and so is what every project asks for: nothing stops.
alter table tokens add column trust text not null default 'trusted' check (trust in ('own', 'trusted', 'anyone'));
alter table tokens add column lent_by text;

alter table agents add column trust text not null default 'trusted' check (trust in ('own', 'trusted', 'anyone'));
-- Who lends it: made its join code. Null: a machine of the studio's own, or one from before this was noted.
alter table agents add column owner_id uuid references users;
-- The name in credits.
alter table agents add column lent_by text;

alter table projects add column trust text not null default 'trusted' check (trust in ('own', 'trusted', 'anyone'));

-- Run on these only, not on those: for a project, a node of it, or one job.
create table agent_rules (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  node_id text,
  job_id uuid references jobs on delete cascade,
  agent_id uuid not null references agents,
  rule text not null check (rule in ('only', 'never')),
  set_by text not null,
  set_at timestamptz not null default now()
);
create unique index agent_rules_one on agent_rules
  (project_id, coalesce(node_id, ''), coalesce(job_id, '00000000-0000-0000-0000-000000000000'), agent_id);
create index agent_rules_agent on agent_rules (agent_id);

-- What the node asked for, when that is stricter than its project.
alter table jobs add column sensitivity text check (sensitivity in ('own', 'trusted', 'anyone'));
-- Who may have it, of trust and rules, as one word that leads the queue's index: a machine passes by whole lanes that are not
-- for it. `trusted|<only these agents>|<not these agents>`, ids with commas.
alter table jobs add column place text not null default 'trusted||';
-- The person who asked: their own jobs go first on their own card.
alter table jobs add column asker_id uuid references users;

drop index jobs_queued;
-- What a poll reads: per pool, place and capability the first few in order, never the length of the queue.
create index jobs_queued on jobs (tenant_id, pool, place, capability, priority desc, fair_key, id)
  where state = 'queued' and not resting;
create index jobs_asked on jobs (tenant_id, asker_id, pool, place, capability, priority desc, fair_key, id)
  where state = 'queued' and not resting and asker_id is not null;

-- Where a project stands in the fair order of each lane. One number for all lanes made a project that had worked much in one
-- wait behind everything in another. projects.fair_finish counts on: reels come from it.
create table fair_lanes (
  project_id uuid not null references projects,
  tenant_id uuid not null references tenants,
  capability text not null,
  priority smallint not null,
  finish bigint not null,
  primary key (project_id, capability, priority)
);
insert into fair_lanes (project_id, tenant_id, capability, priority, finish)
  select project_id, tenant_id, capability, priority, max(fair_key) from jobs group by 1, 2, 3, 4;

-- Seconds that a project was lately given on cards, as of a moment; a third of it is left after an hour. Whoever was given less
-- comes first where lanes meet on one card.
alter table projects add column served double precision not null default 0;
alter table projects add column served_at timestamptz not null default now();
-- Seconds that a job counts for.
alter table jobs add column cost_s int not null default 60;

-- Best fit by what is there: VRAM, in whole GiB, of the smallest card online that may have the work of a lane. Written by the
-- sweeper; a lane that it has not seen yet goes by what its jobs need.
create table lane_fits (
  tenant_id uuid not null references tenants,
  pool text not null,
  place text not null,
  capability text not null,
  fit smallint not null,
  primary key (tenant_id, pool, place, capability)
);

-- Who gave it, as it was then: the card by its driver's name, and the name in credits. Null: the studio's own, or before this was kept.
alter table usage_events add column card text;
alter table usage_events add column lent_by text;
