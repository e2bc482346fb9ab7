-- Rows of the ledger that a billing system has yet to hear of; told, a row goes. Written with the ledger's own, in one transaction,
-- when the gateway has a WEBHOOK_URL.
create table webhook_messages (
  -- What the receiver knows it by, however often it comes.
  id uuid primary key,
  tenant_id uuid not null references tenants,
  event_id bigint not null unique references usage_events
);
create index webhook_messages_next on webhook_messages (tenant_id, event_id);
alter table webhook_messages enable row level security;
create policy tenant on webhook_messages to studio_tenant using (tenant_id = (select studio_tenant_id()));

-- Whose turn it is to tell a studio's rows: one gateway at a time, so that they come in order.
create table webhook_turns (
  tenant_id uuid primary key references tenants,
  -- The gateway that tells, and until when it is believed to live.
  sender uuid,
  until timestamptz not null default now(),
  -- Since something was last taken.
  failures int not null default 0,
  next_at timestamptz not null default now()
);
alter table webhook_turns enable row level security;
create policy tenant on webhook_turns to studio_tenant using (tenant_id = (select studio_tenant_id()));
