import { ProblemError } from "../../shared/http/problem.ts";
import type { Studio } from "../studio.ts";
import { together } from "../together.ts";
import { asSystem } from "../db/mod.ts";
import { credentialsOf } from "./credentials.ts";
import { makeFirstTenant, makeOwnerLink } from "./first_start.ts";
import { isLeaseToken, signLease, verifyLease } from "./lease_token.ts";
import type { Auth, Principal } from "./mod.ts";
import { principalOfToken } from "./principal.ts";
import { hashSecret, secretKind } from "./secret.ts";
import { loadSigningKey } from "./signing_key.ts";
import {
  findToken,
  findTokens,
  forgetOldTokens,
  insertToken,
  livingTokens,
  spendJoinCode,
  type TokenRow,
  touchToken,
} from "./tokens.ts";

/** Tokens that one statement looks up. */
const MOST_LOOKED_UP = 100;
const WRONG = "This token is not one of this studio's; check that all of it was copied, or make a new one.";

/** The auth room: every secret of the studio is made, stored (hashed) and recognised here. */
export function createAuth(studio: Studio): Auth {
  let key: Promise<CryptoKey> | null = null;
  function signingKey(): Promise<CryptoKey> {
    key ??= asSystem(() => loadSigningKey(studio.db.sql)).catch((error) => {
      key = null;
      throw error;
    });
    return key;
  }

  /** What is stored for a secret now: requests that come together are looked up together. */
  const lookUp = together<Uint8Array, TokenRow | null>(async (asking) => {
    const found = await asSystem(() => findTokens(studio.db.sql, asking.map(({ ask }) => ask)));
    asking.forEach(({ resolve }, nth) => resolve(found[nth]!));
  }, { most: MOST_LOOKED_UP });

  async function leasePrincipal(secret: string): Promise<Principal> {
    const grant = await verifyLease(await signingKey(), secret);
    if (!grant) throw new ProblemError("unauthenticated", WRONG);
    if (!await studio.jobs.leaseHolds(studio.db.sql, grant.jobId, grant.leaseToken)) {
      throw new ProblemError(
        "lease_lost",
        "This lease is over: the job is finished or was given to another.",
      );
    }
    return {
      kind: "lease",
      tenant_id: grant.tenantId,
      project_id: grant.projectId,
      job_id: grant.jobId,
      lease_token: grant.leaseToken,
    };
  }

  async function inUse(token: TokenRow): Promise<Principal> {
    const principal = principalOfToken(token);
    if (principal.kind === "user" && token.idle) await touchToken(studio.db.sql, token.id);
    return principal;
  }

  return {
    signingKey,
    // Before and beside any tenant: who a secret belongs to.
    async firstStart() {
      await forgetOldTokens(studio.db.sql);
      return await makeFirstTenant(studio.db.sql, studio.config.studioName);
    },
    async ownerLink() {
      const first = await makeFirstTenant(studio.db.sql, studio.config.studioName);
      const link = first ?? await makeOwnerLink(studio.db.sql);
      if (!link) throw new Error("Cannot make a link: the studio has no owner");
      return link;
    },
    async principalOf(request) {
      const credentials = credentialsOf(request);
      if (!credentials) return { kind: "nobody" };
      if (isLeaseToken(credentials.secret)) return await leasePrincipal(credentials.secret);
      const token = secretKind(credentials.secret) && await lookUp(hashSecret(credentials.secret));
      // A cookie outlives its session: that is no attack, and must not keep anybody from a new link.
      if (credentials.from === "cookie") {
        const alive = token && token.kind === "session" && !token.expired && !token.revoked;
        return alive ? await inUse(token) : { kind: "nobody" };
      }
      if (!token) throw new ProblemError("unauthenticated", WRONG);
      return await inUse(token);
    },
    async tokenIdOf(request) {
      const secret = credentialsOf(request)?.secret;
      if (!secret || !secretKind(secret)) return null;
      return (await asSystem(() => findToken(studio.db.sql, secret)))?.id ?? null;
    },
    livingTokens: (ids) => ids.length ? livingTokens(studio.db.sql, ids) : Promise.resolve(new Map()),
    async createAgentToken(tenantId, agentId, q = studio.db.sql) {
      return (await insertToken(q, { kind: "agent", tenantId, agentId, expiresS: null })).secret;
    },
    async revokeAgentTokens(agentId, q = studio.db.sql) {
      await q`
        update tokens set revoked_at = now()
        where agent_id = ${agentId} and kind = 'agent' and revoked_at is null`;
    },
    async createJoinCode(tenantId, { pools, uses, expiresS, userId, trust, lentBy }) {
      const made = await insertToken(studio.db.sql, {
        kind: "join",
        tenantId,
        pools,
        uses,
        expiresS,
        ...(userId ? { userId } : {}),
        ...(trust ? { trust } : {}),
        ...(lentBy === undefined ? {} : { lentBy }),
      });
      return { code: made.secret, expiresAt: made.expires_at! };
    },
    useJoinCode: (tokenId, q = studio.db.sql) => spendJoinCode(q, tokenId),
    async createAccessToken(user, name, expiresS, scopes = null) {
      const token = {
        kind: "access",
        tenantId: user.tenant_id,
        userId: user.user_id,
        name,
        expiresS,
        scopes,
      } as const;
      return (await insertToken(studio.db.sql, token)).secret;
    },
    async leaseAuthorization(lease) {
      return `Bearer ${await signLease(await signingKey(), lease)}`;
    },
  };
}
