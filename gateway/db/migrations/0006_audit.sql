-- Who did what, append-only. `who` and `subject` are names as they were then; ids lead to what stands now.
create table audit_log (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  at timestamptz not null default now(),
  who_id uuid references users,
  who text not null,
  what text not null,
  subject_id uuid,
  subject text not null default '',
  detail jsonb not null default '{}'
);
create index audit_log_tenant on audit_log (tenant_id, id desc);

-- What a person needs to know their own sessions and tokens apart.
alter table tokens add column user_agent text not null default '';
alter table tokens add column last_used_at timestamptz;
-- The access token that opened a session; revoking it ends the session too.
alter table tokens add column parent_id uuid;
