-- A machine that fails whatever it is given gets nothing until somebody lets it work again, or it was started anew and its self
-- test passed. Null: it works. `{since, reason, boot_id, slots}`: the process that failed, and slots that could do something then.
alter table agents add column quarantine jsonb;

-- What a machine is judged by: attempts that failed for the machine's reasons. Gone with the next success on the same slot.
-- `fault` says which reason (shared/agents/protocol.ts); null: the agent could not say.
create table host_faults (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  agent_id uuid not null references agents,
  job_id uuid not null references jobs on delete cascade,
  slot text not null,
  runner text not null,
  fault text,
  message text not null,
  at timestamptz not null default now()
);
create index host_faults_agent on host_faults (agent_id, at);
create index host_faults_job on host_faults (job_id);
alter table host_faults enable row level security;
create policy tenant on host_faults to studio_tenant using (tenant_id = (select studio_tenant_id()));

-- Free words by which work chooses machines; those that the machine says of itself are in its facts.
alter table agents add column tags text[] not null default '{}';

-- A rule names a machine or a tag. In jobs.place a tag stands among the ids as `#tag`.
alter table agent_rules alter column agent_id drop not null;
alter table agent_rules add column tag text check (tag ~ '^[a-z0-9][a-z0-9._-]{0,39}$');
alter table agent_rules add constraint agent_rules_names_one check ((agent_id is null) <> (tag is null));
drop index agent_rules_one;
create unique index agent_rules_one on agent_rules
  (project_id, coalesce(node_id, ''), coalesce(job_id, '00000000-0000-0000-0000-000000000000'),
    coalesce(agent_id::text, '#' || tag));
