import type { Context } from "hono";
import type { Trust } from "../../shared/jobs/trust.ts";
import type { Querier } from "../db/mod.ts";
import type { Env } from "../studio.ts";

export type Role = "owner" | "artist" | "viewer";

/** Who a request comes from. Every kind carries its tenant; what lies elsewhere is 404 to it. */
export type Principal =
  | { kind: "nobody" }
  | {
    kind: "user";
    tenant_id: string;
    tenant_slug: string;
    user_id: string;
    name: string;
    role: Role;
    via: "session" | "access";
  }
  | { kind: "agent"; tenant_id: string; agent_id: string }
  /** A join code: may register one agent. */
  | {
    kind: "join";
    tenant_id: string;
    token_id: string;
    pools: string[];
    /** Of the machine that it lets in. */
    trust: Trust;
    /** Who made it. */
    user_id: string | null;
    /** The name in credits. */
    lent_by: string | null;
  }
  /** A lease: may read and write the LFS objects of one project while its grant is the job's latest. */
  | { kind: "lease"; tenant_id: string; project_id: string; job_id: string; lease_token: number };

export type UserPrincipal = Extract<Principal, { kind: "user" }>;
export type AgentPrincipal = Extract<Principal, { kind: "agent" }>;

export interface Auth {
  /** Makes the first tenant and its owner if there is none. The one-time token for `/enter?token=`, else null. */
  firstStart(): Promise<string | null>;
  /** A new one-time link token for the owner (15 minutes): `deno task start` prints it each time. */
  ownerLink(): Promise<string>;
  /**
   * Bearer, Basic (any name, the token as password) or the session cookie; nobody when there is none or the cookie's session
   * has ended. ProblemError unauthenticated when a header is wrong, lease_lost when a lease token's grant is over.
   */
  principalOf(request: Request): Promise<Principal>;
  /** The id of the token a request presents (session, access, agent), for what outlives the request; else null. */
  tokenIdOf(request: Request): Promise<string | null>;
  /** Those of the given token ids that still open something. */
  livingTokens(ids: string[]): Promise<Set<string>>;
  createAgentToken(tenantId: string, agentId: string, q?: Querier): Promise<string>;
  revokeAgentTokens(agentId: string, q?: Querier): Promise<void>;
  createJoinCode(
    tenantId: string,
    options: {
      pools: string[];
      uses: number;
      expiresS: number;
      userId?: string;
      /** @default "trusted" */
      trust?: Trust;
      /** @default the name of `userId` */
      lentBy?: string;
    },
  ): Promise<{ code: string; expiresAt: Date }>;
  /** Uses up one use; false when another was faster or it has run out. */
  useJoinCode(tokenId: string, q?: Querier): Promise<boolean>;
  createAccessToken(user: UserPrincipal, name: string, expiresS: number | null): Promise<string>;
  /** `Bearer …` for a grant: signed, no row. `principalOf` checks that the job's lease_token is still this one. */
  leaseAuthorization(
    lease: { tenantId: string; projectId: string; jobId: string; leaseToken: number },
  ): Promise<string>;
  /** HMAC-SHA-256 key shared by the gateways of this database: signs lease tokens and the disk store's URLs. */
  signingKey(): Promise<CryptoKey>;
}

/** The user behind a request, or the problem 401/403 with what to do. */
export function requireUser(c: Context<Env>, role: Role = "viewer"): UserPrincipal {
  const principal = c.get("principal");
  return checkUser(principal, role);
}

export { checkUser, requireAgent } from "./require.ts";
import { checkUser } from "./require.ts";
export { createAuth } from "./auth.ts";
export { authenticate, checkOrigin } from "./middleware.ts";
export { baseUrl, enterRoutes } from "./enter.ts";
export { authRoutes } from "./routes.ts";
