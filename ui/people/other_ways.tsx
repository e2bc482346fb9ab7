import { useEffect, useState } from "preact/hooks";
import { Fingerprint } from "lucide-preact";
import type { WaysIn } from "../../shared/api/ways_in.ts";
import { access } from "./api.ts";
import { canUsePasskeys, signInWithPasskey } from "./passkey.ts";

/** On the sign-in page: a passkey, and the provider if the studio has one. Nothing where there is neither. */
export function OtherWays({ onWrong }: { onWrong: (sentence: string | null) => void }) {
  const [ways, setWays] = useState<WaysIn | null>(null);
  // Without an answer the link and the token are what is left.
  useEffect(() => void access.waysIn().then(setWays, () => {}), []);
  const passkey = async () => {
    onWrong(null);
    try {
      if (await signInWithPasskey()) location.reload();
      else onWrong("No passkey was used. Try again, or sign in another way.");
    } catch (error) {
      onWrong(error instanceof Error ? error.message : String(error));
    }
  };
  const passkeys = ways?.passkeys && canUsePasskeys();
  if (!passkeys && !ways?.provider) return null;
  return (
    <div class="other-ways">
      {passkeys && (
        <button type="button" class="button" onClick={() => void passkey()}>
          <Fingerprint size={16} /> Use a passkey
        </button>
      )}
      {ways?.provider && <a class="button" href={ways.provider.url}>Sign in with {ways.provider.name}</a>}
    </div>
  );
}
