-- Spot checks of the community's machines: what one of them made is made again elsewhere, with the same seed, and compared.

-- How often, per studio; no row: as gateway/checks/settings.ts has it.
create table check_settings (
  tenant_id uuid primary key references tenants,
  -- Of takes of machines that are known, and of those on probation: 0 to 1
  share double precision not null check (share between 0 and 1),
  probation_share double precision not null check (probation_share between 0 and 1),
  -- At most in 24 hours
  per_day int not null check (per_day between 0 and 10000)
);
alter table check_settings enable row level security;
create policy tenant on check_settings to studio_tenant using (tenant_id = (select studio_tenant_id()));

create table checks (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  take_id uuid not null references takes,
  -- Who made the take
  agent_id uuid not null references agents,
  state text not null check (state in (
    'second', 'comparing', 'third', 'comparing_third', 'agreed', 'blamed', 'cleared', 'undecided', 'abandoned')),
  -- The job that is awaited
  job_id uuid,
  -- blamed: whose work differed from two others'
  blamed_id uuid references agents,
  -- What was found, for people
  sentence text not null default '',
  began_at timestamptz not null default now(),
  ended_at timestamptz
);
create unique index checks_take on checks (take_id);
create index checks_open on checks (tenant_id, began_at) where ended_at is null;
create index checks_agent on checks (agent_id, ended_at);
create index checks_blamed on checks (blamed_id) where blamed_id is not null;
create index checks_newest on checks (tenant_id, id desc);
alter table checks enable row level security;
create policy tenant on checks to studio_tenant using (tenant_id = (select studio_tenant_id()));

-- What each machine made of it: 1 is the take.
create table check_opinions (
  check_id uuid not null references checks on delete cascade,
  tenant_id uuid not null references tenants,
  nth int not null check (nth between 1 and 3),
  agent_id uuid not null references agents,
  oid text not null,
  size bigint not null,
  extension text not null,
  media jsonb not null,
  -- Objects that nobody else wants: its file, poster and proxy
  objects text[] not null default '{}',
  primary key (check_id, nth)
);
alter table check_opinions enable row level security;
create policy tenant on check_opinions to studio_tenant using (tenant_id = (select studio_tenant_id()));

-- How alike two of them are, as a trusted machine measured it and the gateway judged it.
create table check_comparisons (
  check_id uuid not null references checks on delete cascade,
  tenant_id uuid not null references tenants,
  a int not null,
  b int not null,
  alike boolean not null,
  why text not null,
  figures jsonb not null,
  -- Both side by side, for people
  picture_oid text,
  primary key (check_id, a, b)
);
alter table check_comparisons enable row level security;
create policy tenant on check_comparisons to studio_tenant using (tenant_id = (select studio_tenant_id()));

-- A job of a check, which is no film's; hidden from all but those who look after machines.
alter table jobs add column check_id uuid;
create index jobs_check on jobs (check_id) where check_id is not null;
alter table jobs drop constraint jobs_kind_check;
alter table jobs add constraint jobs_kind_check check (kind in ('generate', 'assemble', 'compare'));

-- What checks made of a machine (gateway/checks/reputation.ts): counted again from them whenever one ends.
alter table agents add column agreed int not null default 0;
alter table agents add column disagreed int not null default 0;
-- Agreements since it last disagreed
alter table agents add column agreed_since int not null default 0;
alter table agents add column reputation smallint not null default 0 check (reputation between 0 and 100);

-- The least that a community machine must have to get this film's work.
alter table projects add column min_reputation smallint not null default 0 check (min_reputation between 0 and 100);

-- Made by a machine whose other work turned out wrong: `{since, sentence}`. Null: nothing speaks against it.
alter table takes add column unverified jsonb;
