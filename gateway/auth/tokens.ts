import { uuidv7 } from "../../shared/ids.ts";
import type { Trust } from "../../shared/jobs/trust.ts";
import type { Querier } from "../db/mod.ts";
import type { Role, Scope } from "../../shared/roles.ts";
import { hashSecret, mintSecret, type TokenKind } from "./secret.ts";

export interface TokenRow {
  id: string;
  tenant_id: string;
  tenant_slug: string;
  kind: TokenKind;
  user_id: string | null;
  user_name: string | null;
  role: Role | null;
  scopes: Scope[] | null;
  agent_id: string | null;
  pools: string[];
  trust: Trust;
  lent_by: string | null;
  uses_left: number | null;
  expired: boolean;
  revoked: boolean;
  /** Seconds; null: until it is revoked. */
  expires_in_s: number | null;
  /** Not used within the last minute, as far as is noted. */
  idle: boolean;
}

export interface NewToken {
  kind: TokenKind;
  tenantId: string;
  userId?: string;
  agentId?: string;
  name?: string;
  pools?: string[];
  trust?: Trust;
  lentBy?: string;
  uses?: number;
  userAgent?: string;
  /** The access token that opens this session. */
  parentId?: string;
  /** Null or left out: all that the person may do. */
  scopes?: readonly Scope[] | null;
  /** Null: until it is revoked. */
  expiresS: number | null;
}

export interface Minted {
  id: string;
  secret: string;
  created_at: Date;
  expires_at: Date | null;
}

/** Makes a token; the secret is in the answer and nowhere else. */
export async function insertToken(q: Querier, token: NewToken): Promise<Minted> {
  const secret = mintSecret(token.kind);
  const [row] = await q<Omit<Minted, "secret">[]>`
    insert into tokens (id, tenant_id, kind, hash, user_id, agent_id, name, pools, uses_left, user_agent, parent_id,
      trust, lent_by, scopes, expires_at)
    values (
      ${uuidv7()}, ${token.tenantId}, ${token.kind}, ${hashSecret(secret)}, ${token.userId ?? null},
      ${token.agentId ?? null}, ${token.name ?? ""}, ${token.pools ?? []}, ${token.uses ?? null},
      ${token.userAgent ?? ""}, ${token.parentId ?? null},
      ${token.trust ?? "trusted"}, ${token.lentBy ?? null}, ${token.scopes ?? null},
      now() + make_interval(secs => ${token.expiresS}::double precision)
    )
    returning id, created_at, expires_at`;
  return { ...row!, secret };
}

/** Whatever was stored for a secret, also when it has run out: the answer then says so. */
export async function findToken(q: Querier, secret: string): Promise<TokenRow | null> {
  return (await findTokens(q, [hashSecret(secret)]))[0]!;
}

/** Of each hash what was stored for it. */
export async function findTokens(q: Querier, hashes: readonly Uint8Array[]): Promise<(TokenRow | null)[]> {
  const rows = await q<(TokenRow & { nth: number })[]>`
    select asked.nth::int, t.id, t.tenant_id, n.slug as tenant_slug, t.kind, t.user_id, u.name as user_name, u.role, t.agent_id,
      t.scopes, t.pools, t.trust, t.lent_by, t.uses_left, coalesce(t.expires_at <= now(), false) as expired, t.revoked_at is not null as revoked,
      extract(epoch from t.expires_at - now())::float8 as expires_in_s,
      coalesce(t.last_used_at < now() - interval '1 minute', true) as idle
    from unnest(${hashes.map((hash) => hash.toHex())}::text[]) with ordinality asked (hash, nth)
    join tokens t on t.hash = decode(asked.hash, 'hex')
    join tenants n on n.id = t.tenant_id
    left join users u on u.id = t.user_id`;
  const found: (TokenRow | null)[] = hashes.map(() => null);
  for (const { nth, ...row } of rows) found[nth - 1] = row;
  return found;
}

/** One use of a one-time link: null when it was used, has expired or never was. */
export async function spendEnterToken(
  q: Querier,
  secret: string,
): Promise<{ tenant_id: string; user_id: string } | null> {
  const [row] = await q<{ tenant_id: string; user_id: string }[]>`
    update tokens set revoked_at = now()
    where hash = ${hashSecret(secret)} and kind = 'enter' and revoked_at is null and expires_at > now()
    returning tenant_id, user_id`;
  return row ?? null;
}

export async function spendJoinCode(q: Querier, tokenId: string): Promise<boolean> {
  const spent = await q`
    update tokens set uses_left = uses_left - 1
    where id = ${tokenId} and kind = 'join' and uses_left > 0 and revoked_at is null and expires_at > now()`;
  return spent.count === 1;
}

/** The token's name; null when this person has no such token that still opens something. Sessions it opened end too. */
export async function revokeToken(
  q: Querier,
  where: { tenantId: string; userId: string; tokenId: string; kind: TokenKind },
): Promise<{ name: string } | null> {
  const [revoked] = await q<{ name: string }[]>`
    update tokens set revoked_at = now()
    where id = ${where.tokenId} and tenant_id = ${where.tenantId} and user_id = ${where.userId}
      and kind = ${where.kind} and revoked_at is null
    returning name`;
  if (!revoked) return null;
  await q`
    update tokens set revoked_at = now()
    where parent_id = ${where.tokenId} and tenant_id = ${where.tenantId} and revoked_at is null`;
  return revoked;
}

/** Notes that a session or an access token is in use; asked at most once a minute. */
export async function touchToken(q: Querier, tokenId: string): Promise<void> {
  await q`update tokens set last_used_at = now() where id = ${tokenId}`;
}

export async function listSessions(
  q: Querier,
  user: { tenantId: string; userId: string },
): Promise<{ id: string; user_agent: string; created_at: Date; last_used_at: Date | null }[]> {
  return await q`
    select id, user_agent, created_at, last_used_at from tokens
    where tenant_id = ${user.tenantId} and user_id = ${user.userId} and kind = 'session'
      and revoked_at is null and expires_at > now()
    order by coalesce(last_used_at, created_at) desc, id limit 200`;
}

export async function listAccessTokens(
  q: Querier,
  user: { tenantId: string; userId: string },
): Promise<
  {
    id: string;
    name: string;
    scopes: Scope[] | null;
    created_at: Date;
    expires_at: Date | null;
    last_used_at: Date | null;
  }[]
> {
  return await q`
    select id, name, scopes, created_at, expires_at, last_used_at from tokens
    where tenant_id = ${user.tenantId} and user_id = ${user.userId} and kind = 'access'
      and revoked_at is null and (expires_at is null or expires_at > now())
    order by id desc`;
}

/** Those of the given tokens of people that still open something, with the person's role as it is now. */
export async function livingTokens(q: Querier, ids: string[]): Promise<Map<string, Role>> {
  const rows = await q<{ id: string; role: Role }[]>`
    select t.id, u.role from tokens t join users u on u.id = t.user_id
    where t.id = any(${ids}::uuid[]) and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())`;
  return new Map(rows.map((row) => [row.id, row.role]));
}

/** Tokens that have opened nothing for a month. Until then their answer says why they open nothing. */
export async function forgetOldTokens(q: Querier): Promise<void> {
  await q`delete from tokens where least(revoked_at, expires_at) < now() - interval '30 days'`;
}
