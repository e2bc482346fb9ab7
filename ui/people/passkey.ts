import type { Passkey } from "../../shared/api/ways_in.ts";
import { access } from "./api.ts";

/** Whether this browser can have passkeys here: it must know the JSON forms of WebAuthn Level 3, and the page must be secure. */
export function canUsePasskeys(): boolean {
  return "PublicKeyCredential" in globalThis && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** Has the browser make a passkey and gives it to the studio. Null when the person changed their mind. */
export async function addPasskey(name: string): Promise<Passkey | null> {
  const { challenge_id, options } = await access.askForPasskey();
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const made = await orNull(navigator.credentials.create({ publicKey }));
  if (!made) return null;
  return await access.addPasskey({ challenge_id, name, credential: made.toJSON() });
}

/** Signs this browser in; false when the person changed their mind. */
export async function signInWithPasskey(): Promise<boolean> {
  const { challenge_id, options } = await access.askPasskey();
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const used = await orNull(navigator.credentials.get({ publicKey }));
  if (!used) return false;
  await access.usePasskey({ challenge_id, credential: used.toJSON() });
  return true;
}

async function orNull(asking: Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    return await asking as PublicKeyCredential | null;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    // Cancelled, timed out, or no key that fits: the standard keeps these alike.
    if (error.name === "NotAllowedError" || error.name === "AbortError") return null;
    if (error.name === "InvalidStateError") {
      throw new Error("This device has a passkey for you here already.");
    }
    throw new Error("This browser could not make or use a passkey here.");
  }
}
