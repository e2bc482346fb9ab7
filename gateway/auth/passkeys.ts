import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import { Hono } from "hono";
import { NewPasskey, Passkey, PasskeyQuestion } from "../../shared/api/ways_in.ts";
import { page } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId, uuidv7 } from "../../shared/ids.ts";
import { writeAudit } from "../audit/mod.ts";
import { operation, parseBody } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { makeChallenge, takeChallenge } from "./challenges.ts";
import {
  expected,
  type PasskeyRow,
  passkeysOf,
  relyingParty,
  tooLate,
  transportsOf,
  unsound,
  webauthn,
} from "./passkey.ts";
import { removeWayIn } from "./remove_way_in.ts";
import { requireUser } from "./require.ts";

/** More than anybody has keys. */
const MOST = 20;

/** Passkeys (WebAuthn Level 3): added, listed and removed by their person. Part of authRoutes(). */
export function passkeyRoutes(): Router {
  const app = new Hono<Env>();

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
      const rows = await passkeysOf(c.get("studio").db.sql, user);
      return c.json({ items: rows.slice(0, MOST).map(view) });
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
      const own = await passkeysOf(sql, user);
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
        ...expected(c, asked.challenge!),
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
      await removeWayIn(c, {
        what: "passkey_removed",
        missing: "You have no such passkey.",
        async remove(tx) {
          if (!isId(id)) return null;
          const [row] = await tx<{ name: string }[]>`
            delete from passkeys where id = ${id} and tenant_id = ${user.tenant_id} and user_id = ${user.user_id}
            returning name`;
          return row ? { id, name: row.name } : null;
        },
      });
      return c.body(null, 204);
    },
  );
  return app;
}

function view(row: PasskeyRow) {
  return {
    id: row.id,
    name: row.name,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}
