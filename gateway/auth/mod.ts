import type { Trust } from "../../shared/jobs/trust.ts";
import type { Role, Scope } from "../../shared/roles.ts";
import type { Querier } from "../db/mod.ts";

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
    /** The token behind this request. */
    token_id?: string;
    /** What the access token is good for; null: all that the role may. */
    scopes: Scope[] | null;
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
  /** Those of the given token ids that still open something, with the role of their person. */
  livingTokens(ids: string[]): Promise<Map<string, Role>>;
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
  /** `scopes` null: good for all that the person may do. */
  createAccessToken(
    user: UserPrincipal,
    name: string,
    expiresS: number | null,
    scopes?: Scope[] | null,
  ): Promise<string>;
  /** `Bearer …` for a grant: signed, no row. `principalOf` checks that the job's lease_token is still this one. */
  leaseAuthorization(
    lease: { tenantId: string; projectId: string; jobId: string; leaseToken: number },
  ): Promise<string>;
  /** HMAC-SHA-256 key shared by the gateways of this database: signs lease tokens and the disk store's URLs. */
  signingKey(): Promise<CryptoKey>;
}

export { authorize } from "./authorize.ts";
export { checkUser, refusalOf, requireAgent, requireUser } from "./require.ts";
export { createAuth } from "./auth.ts";
export { makeOwnerLink, makeTenant, slugOf } from "./first_start.ts";
export { authenticate, checkOrigin } from "./middleware.ts";
export { baseUrl, enterRoutes } from "./enter.ts";
export { providerEnterRoutes } from "./provider_enter.ts";
export { authRoutes } from "./routes.ts";
