import { useState } from "preact/hooks";
import { KeyRound } from "lucide-preact";
import { access } from "./api.ts";
import { OtherWays } from "./other_ways.tsx";
import { readPasted } from "./credential.ts";

/** What to do when the gateway knows nobody here: open a link, or paste one. */
export function SignIn({ before }: { before: boolean }) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const pasted = readPasted(text);
    if (pasted.kind === "wrong") return setWrong(pasted.sentence);
    if (pasted.kind === "link") return location.assign(pasted.path);
    setBusy(true);
    try {
      await access.signIn(pasted.token);
      location.reload();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <main class="signin">
      <form onSubmit={submit}>
        <KeyRound size={32} />
        <h1>{before ? "You are signed out" : "Sign in"}</h1>
        <p class="dim">
          {before
            ? "Your session has ended, here or elsewhere. Sign in again to go on where you were."
            : "This studio opens with a link. Open the one you were sent, or paste it here."}
        </p>
        <label class="field">
          <span>Link or access token</span>
          <input
            class="input mono"
            autofocus
            autocomplete="off"
            spellcheck={false}
            aria-invalid={wrong !== null}
            value={text}
            onInput={(event) => (setText(event.currentTarget.value), setWrong(null))}
          />
        </label>
        {wrong && <p class="notice-box broken" role="alert">{wrong}</p>}
        <button type="submit" class="button primary" disabled={busy || text.trim() === ""}>Sign in</button>
        <OtherWays onWrong={setWrong} />
        <ul class="dim">
          <li>Invited? The owner of the studio can make you a new link.</li>
          <li>
            Does the studio run on your machine? <code class="mono">deno task start</code> prints a link.
          </li>
        </ul>
      </form>
    </main>
  );
}
