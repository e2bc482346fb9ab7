-- Passkeys (WebAuthn) of people: the studio keeps the public half.
create table passkeys (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  user_id uuid not null references users,
  -- base64url, as browsers say it
  credential_id text not null unique,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}',
  name text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index passkeys_of_user on passkeys (tenant_id, user_id);

-- Accounts elsewhere (OpenID Connect) with which a person signs in here. One account is one person of this gateway.
create table identities (
  issuer text not null,
  subject text not null,
  tenant_id uuid not null references tenants,
  user_id uuid not null references users,
  -- As the provider called it when it was connected: "ada@example.org"
  label text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  primary key (issuer, subject)
);
create index identities_of_user on identities (tenant_id, user_id);

-- What was asked of a browser on its way in, answered once within minutes, at whichever gateway.
create table challenges (
  id uuid primary key,
  kind text not null check (kind in ('passkey_new', 'passkey_use', 'oidc')),
  secret jsonb not null,
  -- Who is adding a way in; null when somebody signs in.
  user_id uuid references users,
  expires_at timestamptz not null
);
