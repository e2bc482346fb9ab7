import type { z } from "zod";
import type { Identity, Passkey, PasskeyQuestion, WaysIn } from "../../shared/api/ways_in.ts";
import { callAt, type Page } from "../api.ts";

/** How a person comes in, as the gateway's HTTP face has it: for the pages that ask, not for what is loaded first. */
export const waysApi = {
  waysIn: () => callAt<WaysIn>("GET", "/api/auth/ways-in"),
  passkeys: () => callAt<Page<Passkey>>("GET", "/api/auth/passkeys"),
  /** What to ask the browser for a new passkey, and giving it what was made. */
  askForPasskey: () => callAt<z.infer<typeof PasskeyQuestion>>("POST", "/api/auth/passkeys/question"),
  addPasskey: (body: { challenge_id: string; name: string; credential: unknown }) =>
    callAt<Passkey>("POST", "/api/auth/passkeys", body),
  removePasskey: (id: string) => callAt<void>("DELETE", `/api/auth/passkeys/${id}`),
  askPasskey: () => callAt<z.infer<typeof PasskeyQuestion>>("POST", "/api/auth/passkeys/sign-in/question"),
  usePasskey: (body: { challenge_id: string; credential: unknown }) =>
    callAt<void>("POST", "/api/auth/passkeys/sign-in", body),
  identities: () => callAt<Page<Identity>>("GET", "/api/auth/identities"),
  disconnect: (subject: string) =>
    callAt<void>("DELETE", `/api/auth/identities/${encodeURIComponent(subject)}`),
};
