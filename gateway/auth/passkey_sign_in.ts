import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import { type Context, Hono } from "hono";
import { PasskeyQuestion, UsedPasskey } from "../../shared/api/ways_in.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { asSystem } from "../db/mod.ts";
import { operation, parseBody } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { createAttempts } from "./attempts.ts";
import { makeChallenge, takeChallenge } from "./challenges.ts";
import { openSession } from "./enter.ts";
import { clientAddress } from "./middleware.ts";
import {
  expected,
  type PasskeyRow,
  relyingParty,
  tooLate,
  transportsOf,
  unsound,
  webauthn,
} from "./passkey.ts";

/** Bytes that a browser's answer takes at most: anybody may send one. */
const LARGEST_ANSWER = 64 * 1024;

/** Signing in with a passkey, by whoever has one. Part of authRoutes(). */
export function passkeySignInRoutes(): Router {
  const app = new Hono<Env>();
  const attempts = createAttempts();

  app.post(
    "/auth/passkeys/sign-in/question",
    operation({
      summary: "Begin to sign in with a passkey: what to ask the browser for",
      tag: "auth",
      auth: "nobody",
      response: { status: 200, schema: PasskeyQuestion },
    }),
    async (c) => {
      const options = await (await webauthn()).generateAuthenticationOptions({
        rpID: relyingParty(c),
        userVerification: "preferred",
      });
      const secret = { challenge: options.challenge };
      const challenge_id = await makeChallenge(c.get("studio").db.sql, { kind: "passkey_use", secret });
      return c.json({ challenge_id, options });
    },
  );

  app.post(
    "/auth/passkeys/sign-in",
    operation({
      summary: "Sign this browser in with a passkey",
      tag: "auth",
      auth: "nobody",
      body: UsedPasskey,
      response: { status: 204, description: "A session cookie" },
    }),
    async (c) => {
      const { challenge_id, credential } = await parseBody(c, UsedPasskey, { limit: LARGEST_ANSWER });
      const { sql } = c.get("studio").db;
      try {
        const asked = await takeChallenge(sql, { id: challenge_id, kind: "passkey_use" });
        if (!asked) throw tooLate();
        // Whose passkey it is, the passkey says.
        await asSystem(() => signIn(c, asked.challenge!, credential as AuthenticationResponseJSON));
      } catch (error) {
        const waitS = attempts.failed(clientAddress(c));
        if (waitS === 0) throw error;
        throw new ProblemError(
          "too_many_requests",
          `Too many passkeys that do not fit came from here; try again in ${waitS} seconds.`,
        );
      }
      return c.body(null, 204);
    },
  );
  return app;
}

async function signIn(
  c: Context<Env>,
  challenge: string,
  credential: AuthenticationResponseJSON,
): Promise<void> {
  const { sql } = c.get("studio").db;
  const [key] = await sql<PasskeyRow[]>`
    select k.* from passkeys k join users u on u.id = k.user_id and u.removed_at is null
    where k.credential_id = ${credential.id}`;
  if (!key) {
    throw new ProblemError(
      "unauthenticated",
      "This passkey is not of this studio, or was removed here; sign in another way.",
    );
  }
  const { verified, authenticationInfo } = await (await webauthn()).verifyAuthenticationResponse({
    response: credential,
    ...expected(c, challenge),
    credential: {
      id: key.credential_id,
      publicKey: new Uint8Array(key.public_key),
      counter: Number(key.counter),
      transports: transportsOf(key),
    },
  }).catch(unsound);
  if (!verified) throw unsound();
  await sql.begin(async (tx) => {
    await tx`
      update passkeys set counter = ${authenticationInfo.newCounter}, last_used_at = now() where id = ${key.id}`;
    await openSession(c, { tenantId: key.tenant_id, userId: key.user_id, with: "passkey" }, tx);
  });
}
