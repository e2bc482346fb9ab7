import { useEffect, useState } from "preact/hooks";
import type { AccessToken } from "../../shared/api/auth.ts";
import type { Scope } from "../../shared/roles.ts";
import { access } from "./api.ts";
import { attempt } from "../state/toasts.ts";
import { agoText } from "../state/words.ts";
import { change, changes } from "./changes.ts";
import { Once } from "./once.tsx";
import { OwnRow } from "./own_row.tsx";

const DAY_S = 86_400;
const LASTS = [["30 days", 30 * DAY_S], ["90 days", 90 * DAY_S], ["A year", 365 * DAY_S], [
  "Until revoked",
  null,
]] as const;

/** What a token may be good for, as people choose it. */
const KINDS: readonly { label: string; scopes: Scope[] | null }[] = [
  { label: "Everything you may do", scopes: null },
  { label: "Git and Git LFS", scopes: ["git:read", "git:write"] },
  { label: "Git, only to clone and fetch", scopes: ["git:read"] },
  { label: "Scripts that look", scopes: ["read"] },
  { label: "Scripts that make films", scopes: ["read", "write"] },
  { label: "Scripts for machines", scopes: ["fleet"] },
];

/** In words: "git:read, git:write", or what a token without scopes is good for. */
const goodFor = ({ scopes }: AccessToken) =>
  KINDS.find((kind) => String(kind.scopes) === String(scopes))?.label ?? scopes!.join(", ");

/** Own access tokens: for Git, scripts, and other browsers. */
export function TokensSection() {
  const [tokens, setTokens] = useState<AccessToken[] | null>(null);
  const [made, setMade] = useState<{ name: string; token: string } | null>(null);
  const [name, setName] = useState("");
  const [lasts, setLasts] = useState(0);
  const [kind, setKind] = useState(0);
  const load = async () => {
    const page = await attempt(access.tokens);
    if (page) setTokens(page.items);
  };
  useEffect(() => void load(), []);
  const make = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = await attempt(() =>
      access.makeToken({ name: name.trim(), expires_s: LASTS[lasts]![1], scopes: KINDS[kind]!.scopes })
    );
    if (!token) return;
    setMade(token);
    changes.value++;
    setName("");
    await load();
  };
  return (
    <section>
      <h2>Your access tokens</h2>
      <p class="dim">
        For Git, scripts and other browsers: whoever has one does in your name what it is for. Git asks for it
        as the password.
      </p>
      {tokens?.length === 0 && <p class="dim">You have none.</p>}
      <table>
        <tbody>
          {tokens?.map((token) => (
            <OwnRow
              key={token.id}
              name={<b>{token.name}</b>}
              about={[
                goodFor(token),
                token.expires_at
                  ? `Until ${new Date(token.expires_at).toLocaleDateString()}`
                  : "Until it is revoked",
                token.last_used_at ? `Used ${agoText(token.last_used_at)}` : "Never used",
              ]}
              act="Revoke"
              onAct={() => void change(() => access.revokeToken(token.id), load)}
            />
          ))}
        </tbody>
      </table>
      {made && (
        <Once
          label={`The access token "${made.name}"`}
          value={made.token}
          onClose={() => setMade(null)}
        />
      )}
      <form class="line" onSubmit={make}>
        <label class="field">
          <span>What it is for</span>
          <input
            class="input"
            required
            maxLength={60}
            value={name}
            placeholder="Git on my laptop"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>May be used for</span>
          <select
            class="input"
            value={String(kind)}
            onChange={(event) => setKind(Number(event.currentTarget.value))}
          >
            {KINDS.map(({ label }, index) => <option key={label} value={String(index)}>{label}</option>)}
          </select>
        </label>
        <label class="field">
          <span>Good for</span>
          <select
            class="input"
            value={String(lasts)}
            onChange={(event) => setLasts(Number(event.currentTarget.value))}
          >
            {LASTS.map(([label], index) => <option key={label} value={String(index)}>{label}</option>)}
          </select>
        </label>
        <button type="submit" class="button" disabled={!name.trim()}>Make a token</button>
      </form>
    </section>
  );
}
