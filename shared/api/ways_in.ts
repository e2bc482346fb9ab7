import { z } from "zod";
import { Id } from "../ids.ts";

/** GET /api/auth/ways-in: how one can sign in here, besides links and access tokens. */
export const WaysIn = z.object({
  /** Passkeys are bound to a name: not to be had where the studio is open under an IP address. */
  passkeys: z.boolean(),
  /** An OpenID Connect provider; null where none is set up. */
  provider: z.object({ name: z.string(), url: z.string() }).nullable(),
});
export type WaysIn = z.infer<typeof WaysIn>;

/** GET /api/auth/passkeys: one's own. */
export const Passkey = z.object({
  id: Id,
  name: z.string(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
});
export type Passkey = z.infer<typeof Passkey>;

/**
 * What a browser is asked, in the JSON form of WebAuthn Level 3 (`PublicKeyCredential.parseCreationOptionsFromJSON` and
 * `parseRequestOptionsFromJSON` read `options`); the answer names `challenge_id`.
 */
export const PasskeyQuestion = z.object({
  challenge_id: Id,
  options: z.record(z.string(), z.unknown()),
});

const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/).max(16_384);
const credential = {
  id: base64url.min(1),
  rawId: base64url.min(1),
  type: z.literal("public-key"),
  authenticatorAttachment: z.string().nullish(),
  clientExtensionResults: z.record(z.string(), z.unknown()),
};

/** POST /api/auth/passkeys: `credential.toJSON()` of a new passkey. */
export const NewPasskey = z.object({
  challenge_id: Id,
  name: z.string().trim().min(1).max(60),
  credential: z.object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: z.array(z.string().max(20)).max(10).optional(),
    }),
  }),
});

/** POST /api/auth/passkeys/sign-in: `credential.toJSON()` of a passkey that was used. */
export const UsedPasskey = z.object({
  challenge_id: Id,
  credential: z.object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: base64url.nullish(),
    }),
  }),
});

/** GET /api/auth/identities: accounts elsewhere with which one signs in. */
export const Identity = z.object({
  issuer: z.string(),
  subject: z.string(),
  label: z.string(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
});
export type Identity = z.infer<typeof Identity>;
