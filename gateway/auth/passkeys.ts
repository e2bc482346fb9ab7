import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { type Context, Hono } from "hono";
import { NewPasskey, Passkey, PasskeyQuestion, UsedPasskey } from "../../shared/api/ways_in.ts";
import { page } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId, uuidv7 } from "../../shared/ids.ts";
import { writeAudit } from "../audit/mod.ts";
import { asSystem } from "../db/mod.ts";
import { operation, parseBody } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { createAttempts } from "./attempts.ts";
import { makeChallenge, takeChallenge } from "./challenges.ts";
import { baseUrl, openSession } from "./enter.ts";
import { clientAddress } from "./middleware.ts";
import { requireUser } from "./require.ts";
import { outside } from "../outside.ts";

/** Loaded when the first key is used or added. */
function webauthn() {
  return outside(() => import("@simplewebauthn/server"));
}

/** More than anybody has keys. */
const MOST = 20;

interface PasskeyRow {
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

/** Passkeys (WebAuthn Level 3): added, listed and removed by their person; used to sign in. Part of authRoutes(). */
export function passkeyRoutes(): Router {
  const app = new Hono<Env>();
  const attempts = createAttempts();

  app.get(
    "/auth/passkeys",
    operation({
      summary: "List your passkeys, the newest first",
      tag: "auth",
      may: "account",
      response: { status: 200, schema: page(Passkey) },
    }),
    async (c) => {
      const user = requireUser(c);
      const rows = await c.get("studio").db.sql<PasskeyRow[]>`
        select * from passkeys where tenant_id = ${user.tenant_id} and user_id = ${user.user_id}
        order by id desc limit ${MOST}`;
      return c.json({ items: rows.map(view) });
    },
  );

  app.post(
    "/auth/passkeys/question",
    operation({
      summary: "Begin to add a passkey: what to ask the browser for",
      tag: "auth",
      may: "account",
      response: { status: 200, schema: PasskeyQuestion },
    }),
    async (c) => {
      const user = requireUser(c);
      const { sql } = c.get("studio").db;
      const own = await sql<PasskeyRow[]>`
        select * from passkeys where tenant_id = ${user.tenant_id} and user_id = ${user.user_id}`;
      if (own.length >= MOST) {
        throw new ProblemError("conflict", `You have ${MOST} passkeys; remove one that you use no more.`);
      }
      const [studio] = await sql<{ name: string }[]>`select name from tenants where id = ${user.tenant_id}`;
      const options = await (await webauthn()).generateRegistrationOptions({
        rpName: studio!.name,
        rpID: relyingParty(c),
        userID: new TextEncoder().encode(user.user_id),
        userName: user.name,
        attestationType: "none",
        excludeCredentials: own.map((key) => ({ id: key.credential_id, transports: transportsOf(key) })),
        // Found by the browser without a name being typed.
        authenticatorSelection: { residentKey: "required", userVerification: "preferred" },
      });
      const challenge_id = await makeChallenge(sql, {
        kind: "passkey_new",
        secret: { challenge: options.challenge },
        userId: user.user_id,
      });
      return c.json({ challenge_id, options });
    },
  );

  app.post(
    "/auth/passkeys",
    operation({
      summary: "Add the passkey that the browser made",
      tag: "auth",
      may: "account",
      body: NewPasskey,
      response: { status: 201, schema: Passkey },
    }),
    async (c) => {
      const user = requireUser(c);
      const { challenge_id, name, credential } = await parseBody(c, NewPasskey);
      const { sql } = c.get("studio").db;
      const asked = await takeChallenge(sql, { id: challenge_id, kind: "passkey_new", userId: user.user_id });
      if (!asked) throw tooLate();
      const { verified, registrationInfo } = await (await webauthn()).verifyRegistrationResponse({
        response: credential as RegistrationResponseJSON,
        expectedChallenge: asked.challenge!,
        expectedOrigin: originOf(c),
        expectedRPID: relyingParty(c),
        requireUserVerification: false,
      }).catch(unsound);
      if (!verified) throw unsound();
      const key = registrationInfo.credential;
      const row = await sql.begin(async (tx) => {
        const [made] = await tx<PasskeyRow[]>`
          insert into passkeys (id, tenant_id, user_id, credential_id, public_key, counter, transports, name)
          values (${uuidv7()}, ${user.tenant_id}, ${user.user_id}, ${key.id}, ${key.publicKey}, ${key.counter},
            ${key.transports ?? []}, ${name})
          on conflict (credential_id) do nothing returning *`;
        if (!made) throw new ProblemError("conflict", "This passkey was added already.");
        await writeAudit(tx, {
          tenantId: user.tenant_id,
          who: user,
          what: "passkey_added",
          subject: { id: made.id, name },
        });
        return made;
      }) as PasskeyRow;
      return c.json(view(row), 201);
    },
  );

  app.delete(
    "/auth/passkeys/:passkey",
    operation({
      summary: "Remove one of your passkeys",
      tag: "auth",
      may: "account",
      response: { status: 204 },
    }),
    async (c) => {
      const user = requireUser(c);
      const id = c.req.param("passkey");
      const removed = isId(id) && await c.get("studio").db.sql.begin(async (tx) => {
        const [row] = await tx<{ name: string }[]>`
          delete from passkeys where id = ${id} and tenant_id = ${user.tenant_id} and user_id = ${user.user_id}
          returning name`;
        if (!row) return false;
        await writeAudit(tx, {
          tenantId: user.tenant_id,
          who: user,
          what: "passkey_removed",
          subject: { id, name: row.name },
        });
        return true;
      });
      if (!removed) throw new ProblemError("not_found", "You have no such passkey.");
      return c.body(null, 204);
    },
  );

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
      const { challenge_id, credential } = await parseBody(c, UsedPasskey);
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
    expectedChallenge: challenge,
    expectedOrigin: originOf(c),
    expectedRPID: relyingParty(c),
    requireUserVerification: false,
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

/** The name to which passkeys are bound; an IP address is none (WebAuthn 5.1.3). */
export function passkeyName(c: Context<Env>): string | null {
  const { hostname } = new URL(baseUrl(c));
  return /^[\d.]+$|^\[/.test(hostname) ? null : hostname;
}

function relyingParty(c: Context<Env>): string {
  const name = passkeyName(c);
  if (name) return name;
  throw new ProblemError(
    "unprocessable",
    "Passkeys are bound to a name, and this studio is open under a number: open it as localhost or by its host name.",
  );
}

function originOf(c: Context<Env>): string {
  return new URL(baseUrl(c)).origin;
}

function transportsOf(key: PasskeyRow): AuthenticatorTransport[] {
  return key.transports as AuthenticatorTransport[];
}

function tooLate(): ProblemError {
  return new ProblemError("unauthenticated", "This took too long, or was answered already; begin again.");
}

function unsound(_error?: unknown): never {
  throw new ProblemError(
    "unauthenticated",
    "The passkey's answer does not hold for this studio; open the studio under its own address and try again.",
  );
}

function view(row: PasskeyRow) {
  return {
    id: row.id,
    name: row.name,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}
