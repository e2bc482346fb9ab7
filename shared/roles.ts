import { z } from "zod";

/** What a person may be in a studio. */
export const Role = z.enum(["owner", "admin", "artist", "reviewer", "viewer", "farm"]);
export type Role = z.infer<typeof Role>;

/** What an access token is good for; narrower than its person, never wider. Git's two serve LFS, too. */
export const Scope = z.enum(["read", "write", "git:read", "git:write", "fleet", "people"]);
export type Scope = z.infer<typeof Scope>;

/**
 * What a request may need:
 * - `self`: to be somebody of this studio;
 * - `account`: one's own tokens, sessions and keys (a token with scopes never, or it would make itself wider);
 * - `view`: to see films, takes, queue, fleet and usage; `fetch`: the same with Git;
 * - `review`: to choose among takes;
 * - `make`: to change films and ask for work; `push`: the same with Git;
 * - `run`: to order, cancel and retry what waits, and let a suspended agent try again;
 * - `lend`: to add a machine of one's own, and look after it;
 * - `fleet`: agents, join codes, pools and added runners;
 * - `people`: invitations, roles, the audit log, and other people's locks;
 * - `studio`: owners themselves, and the studio as a whole.
 */
export type Permission =
  | "self"
  | "account"
  | "view"
  | "fetch"
  | "review"
  | "make"
  | "push"
  | "run"
  | "lend"
  | "fleet"
  | "people"
  | "studio";

const ANYBODY = ["self", "account", "view", "fetch"] as const;

/** The role table: who may do what. Shown to people by ui/people/roles.ts, tried cell by cell by gateway/auth/matrix_test.ts. */
const MAY: Readonly<Record<Role, readonly Permission[]>> = {
  owner: [...ANYBODY, "review", "make", "push", "run", "lend", "fleet", "people", "studio"],
  admin: [...ANYBODY, "review", "make", "push", "run", "lend", "fleet", "people"],
  artist: [...ANYBODY, "review", "make", "push", "run", "lend"],
  reviewer: [...ANYBODY, "review"],
  viewer: ANYBODY,
  farm: [...ANYBODY, "run", "lend", "fleet"],
};

const IN_SCOPE: Readonly<Record<Scope, readonly Permission[]>> = {
  read: ["self", "view"],
  write: ["self", "view", "review", "make", "run"],
  "git:read": ["self", "fetch"],
  "git:write": ["self", "fetch", "push"],
  fleet: ["self", "view", "run", "lend", "fleet"],
  people: ["self", "people"],
};

/** Whether somebody of this role, with these scopes (null: no token with scopes), may do this. */
export function may(who: { role: Role; scopes: readonly Scope[] | null }, permission: Permission): boolean {
  if (!MAY[who.role].includes(permission)) return false;
  return who.scopes === null || who.scopes.some((scope) => IN_SCOPE[scope].includes(permission));
}

/** Roles that may do this, the most powerful first. */
export function rolesThatMay(permission: Permission): Role[] {
  return Role.options.filter((role) => MAY[role].includes(permission));
}

/** Scopes with which this may be done; empty: only without any. */
export function scopesThatMay(permission: Permission): Scope[] {
  return Scope.options.filter((scope) => IN_SCOPE[scope].includes(permission));
}
