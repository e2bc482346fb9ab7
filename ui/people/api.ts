import type { z } from "zod";
import type { AuditEntry, AuditWhat } from "../../shared/api/audit.ts";
import type { AccessToken, CreatedAccessToken, Link, Me, Person, Session } from "../../shared/api/auth.ts";
import type { Usage, UsageBy } from "../../shared/api/usage.ts";
import type { Identity, Passkey, PasskeyQuestion, WaysIn } from "../../shared/api/ways_in.ts";
import { call, type Page } from "../api.ts";

/** What the pages about people, and signing in, ask of the gateway; beside api.ts, as nothing of it is needed first. */
export const access = {
  /** Opens a session of this browser; ApiError 401 when the token opens nothing. */
  signIn: (token: string) => call<void>("POST", "/auth/sessions", undefined, token),
  people: () => call<Page<Person>>("GET", "/auth/people?limit=200"),
  makeLink: (body: { name: string; role: Me["role"] } | { user_id: string }) =>
    call<z.infer<typeof Link>>("POST", "/auth/links", body),
  updatePerson: (id: string, body: { role?: Me["role"]; name?: string }) =>
    call<Person>("PATCH", `/auth/people/${id}`, body),
  removePerson: (id: string) => call<void>("DELETE", `/auth/people/${id}`),
  sessions: () => call<Page<Session>>("GET", "/auth/sessions"),
  endSession: (id: string) => call<void>("DELETE", `/auth/sessions/${id}`),
  tokens: () => call<Page<AccessToken>>("GET", "/auth/tokens"),
  makeToken: (body: { name: string; expires_s: number | null; scopes: Me["scopes"] }) =>
    call<z.infer<typeof CreatedAccessToken>>("POST", "/auth/tokens", body),
  waysIn: () => call<WaysIn>("GET", "/auth/ways-in"),
  passkeys: () => call<Page<Passkey>>("GET", "/auth/passkeys"),
  /** What to ask the browser for a new passkey, and giving it what was made. */
  askForPasskey: () => call<z.infer<typeof PasskeyQuestion>>("POST", "/auth/passkeys/question"),
  addPasskey: (body: { challenge_id: string; name: string; credential: unknown }) =>
    call<Passkey>("POST", "/auth/passkeys", body),
  removePasskey: (id: string) => call<void>("DELETE", `/auth/passkeys/${id}`),
  askPasskey: () => call<z.infer<typeof PasskeyQuestion>>("POST", "/auth/passkeys/sign-in/question"),
  usePasskey: (body: { challenge_id: string; credential: unknown }) =>
    call<void>("POST", "/auth/passkeys/sign-in", body),
  identities: () => call<Page<Identity>>("GET", "/auth/identities"),
  disconnect: (subject: string) => call<void>("DELETE", `/auth/identities/${encodeURIComponent(subject)}`),
  revokeToken: (id: string) => call<void>("DELETE", `/auth/tokens/${id}`),
  audit: ({ what, cursor }: { what?: AuditWhat | ""; cursor?: string | undefined }) =>
    call<Page<AuditEntry>>(
      "GET",
      `/audit?limit=30${what ? `&what=${what}` : ""}${cursor ? `&cursor=${cursor}` : ""}`,
    ),
  usage: (by: UsageBy, from?: string) => call<Usage>("GET", `/usage?by=${by}${from ? `&from=${from}` : ""}`),
};
