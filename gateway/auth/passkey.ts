import type { AuthenticatorTransport } from "@simplewebauthn/server";
import type { Context } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Querier } from "../db/mod.ts";
import { outside } from "../outside.ts";
import type { Env } from "../studio.ts";
import { baseUrl } from "./enter.ts";

/** What adding a passkey and signing in with one have in common (WebAuthn Level 3). */

export interface PasskeyRow {
  id: string;
  tenant_id: string;
  user_id: string;
  credential_id: string;
  public_key: Uint8Array<ArrayBuffer>;
  counter: string;
  transports: string[];
  name: string;
  created_at: Date;
  last_used_at: Date | null;
}

/** Loaded when the first key is used or added. */
export function webauthn() {
  return outside(() => import("@simplewebauthn/server"));
}

/** The name to which passkeys are bound; an IP address is none (WebAuthn 5.1.3). */
export function passkeyName(c: Context<Env>): string | null {
  const { hostname } = new URL(baseUrl(c));
  return /^[\d.]+$|^\[/.test(hostname) ? null : hostname;
}

/** Errors: ProblemError where the studio has no name. */
export function relyingParty(c: Context<Env>): string {
  const name = passkeyName(c);
  if (name) return name;
  throw new ProblemError(
    "unprocessable",
    "Passkeys are bound to a name, and this studio is open under a number: open it as localhost or by its host name.",
  );
}

export function transportsOf(key: PasskeyRow): AuthenticatorTransport[] {
  return key.transports as AuthenticatorTransport[];
}

/** The passkeys of a person, the newest first. */
export function passkeysOf(
  q: Querier,
  { tenant_id, user_id }: Pick<PasskeyRow, "tenant_id" | "user_id">,
): Promise<PasskeyRow[]> {
  return q<PasskeyRow[]>`
    select * from passkeys where tenant_id = ${tenant_id} and user_id = ${user_id} order by id desc`;
}

/** What an answer must hold against, made or used: the question, this studio's name and address. */
export function expected(c: Context<Env>, challenge: string) {
  return {
    expectedChallenge: challenge,
    expectedOrigin: new URL(baseUrl(c)).origin,
    expectedRPID: relyingParty(c),
    requireUserVerification: false,
  };
}

/** A question that is not open any more. */
export function tooLate(): ProblemError {
  return new ProblemError("unauthenticated", "This took too long, or was answered already; begin again.");
}

/** An answer that does not hold. */
export function unsound(_error?: unknown): never {
  throw new ProblemError(
    "unauthenticated",
    "The passkey's answer does not hold for this studio; open the studio under its own address and try again.",
  );
}
