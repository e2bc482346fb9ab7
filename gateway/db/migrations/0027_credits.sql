-- Whose machine did it, as it was then, what such work usually takes, and whether something came of it: what credits are earned by.
-- Null: before this was kept.
alter table usage_events add column owner_id uuid references users;
alter table usage_events add column expected_s int;
alter table usage_events add column made boolean;
-- Work that only looked whether another machine's was right: no film is charged for it.
alter table usage_events add column for_check boolean not null default false;
create index usage_events_job on usage_events (job_id);

-- Credits, append-only, in thousandths: what people's machines earned, what was given to films, and what work was paid with. What
-- somebody has is the sum of their rows; there is no balance that all of them would wait for.
create table credit_entries (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  at timestamptz not null default clock_timestamp(),
  -- Whose they are: a person's, or a film's purse.
  user_id uuid references users,
  project_id uuid references projects,
  kind text not null check (kind in ('earned', 'given', 'received', 'reserved', 'returned', 'spent', 'taken_back')),
  amount bigint not null,
  -- earned, taken_back: the row of usage
  event_id bigint references usage_events,
  -- reserved, returned, spent: the job; of the last two, also the entry that reserved
  job_id uuid,
  reservation bigint,
  -- given, received: both have it
  gift_id uuid,
  check ((user_id is null) <> (project_id is null)),
  check (case when kind in ('given', 'reserved', 'spent', 'taken_back') then amount <= 0 else amount >= 0 end)
);
create unique index credit_entries_earned on credit_entries (event_id, kind) where event_id is not null;
create unique index credit_entries_settled on credit_entries (reservation, kind) where reservation is not null;
create index credit_entries_user on credit_entries (tenant_id, user_id, id) include (amount) where user_id is not null;
create index credit_entries_project on credit_entries (tenant_id, project_id, id) include (amount) where project_id is not null;
create index credit_entries_job on credit_entries (job_id) where job_id is not null;
alter table credit_entries enable row level security;
create policy tenant on credit_entries to studio_tenant using (tenant_id = (select studio_tenant_id()));
-- What requests ask in their tenant's role adds to it and never changes it.
revoke update, delete on credit_entries from studio_tenant;

-- Up to where the ledger of usage was read for credits. Rows of the last hour are read again: numbers are given before commits.
create table credit_marks (
  tenant_id uuid primary key references tenants,
  event_id bigint not null default 0
);
alter table credit_marks enable row level security;
create policy tenant on credit_marks to studio_tenant using (tenant_id = (select studio_tenant_id()));

create table credit_gifts (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  project_id uuid not null references projects,
  user_id uuid not null references users,
  amount bigint not null check (amount > 0),
  at timestamptz not null default now()
);
create index credit_gifts_project on credit_gifts (project_id);
alter table credit_gifts enable row level security;
create policy tenant on credit_gifts to studio_tenant using (tenant_id = (select studio_tenant_id()));
revoke update, delete on credit_gifts from studio_tenant;

-- How whoever gives wants to be named in end titles. No row: as their machines are.
create table donors (
  user_id uuid primary key references users,
  tenant_id uuid not null references tenants,
  -- False: not at all.
  named boolean not null default true,
  -- Null: as their machines are, or by their own name.
  title_name text
);
alter table donors enable row level security;
create policy tenant on donors to studio_tenant using (tenant_id = (select studio_tenant_id()));

-- What was reserved for an earlier place (thousandths) and from whom. Null: none was bought.
alter table jobs add column credits bigint;
-- Seconds that it should take; null: nobody can tell. What it counts for in the fair order (cost_s) is less when it was paid for.
alter table jobs add column estimate_s int;
alter table jobs add column credits_of text check (credits_of in ('purse', 'mine'));
