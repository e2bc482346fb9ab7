import { z } from "zod";
import { Id } from "../ids.ts";
import { Role, Scope } from "../roles.ts";

/** GET /api/me: who this request comes from. */
export const Me = z.object({
  id: Id,
  name: z.string(),
  role: Role,
  studio: z.object({ id: Id, slug: z.string(), name: z.string() }),
  /** A browser's session, or an access token. */
  via: z.enum(["session", "access"]),
  /** What the access token behind this is good for; null: all that the role may. */
  scopes: z.array(Scope).nullable(),
});
export type Me = z.infer<typeof Me>;

/** GET /api/auth/people */
export const Person = z.object({ id: Id, name: z.string(), role: Role, created_at: z.iso.datetime() });
export type Person = z.infer<typeof Person>;

const PersonName = z.string().trim().min(1).max(60).refine(
  (text) => !/[\p{Cc}]/u.test(text),
  "must have no control characters",
);

/** PATCH /api/auth/people/:person */
export const UpdatePerson = z.strictObject({ role: Role.optional(), name: PersonName.optional() });

/** GET /api/auth/sessions: one's own. */
export const Session = z.object({
  id: Id,
  /** As the browser called itself when it signed in. */
  user_agent: z.string(),
  created_at: z.iso.datetime(),
  /** To the minute. */
  last_used_at: z.iso.datetime().nullable(),
  /** The one that asks. */
  current: z.boolean(),
});
export type Session = z.infer<typeof Session>;

/** POST /api/auth/links: invites somebody new, or (`user_id`) lets somebody back in. The link works once. */
export const CreateLink = z.union([
  z.strictObject({
    name: PersonName,
    role: Role.default("artist"),
    expires_s: z.int().min(60).max(7 * 86_400).default(86_400),
  }),
  z.strictObject({ user_id: Id, expires_s: z.int().min(60).max(7 * 86_400).default(86_400) }),
]);
export const Link = z.object({
  url: z.string(),
  expires_at: z.iso.datetime(),
  user: z.object({ id: Id, name: z.string(), role: Role }),
});

/** POST /api/auth/tokens: for Git, scripts and programs. `expires_s` null: until it is revoked. */
export const CreateAccessToken = z.strictObject({
  name: PersonName,
  expires_s: z.int().min(60).max(366 * 86_400).nullable().default(null),
  /** Null: good for all that its person may do. */
  scopes: z.array(Scope).min(1).max(Scope.options.length).nullable().default(null),
});
export const AccessToken = z.object({
  id: Id,
  name: z.string(),
  scopes: z.array(Scope).nullable(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  /** To the minute. */
  last_used_at: z.iso.datetime().nullable(),
});
export type AccessToken = z.infer<typeof AccessToken>;
/** `token` is shown this once. */
export const CreatedAccessToken = AccessToken.extend({ token: z.string() });
