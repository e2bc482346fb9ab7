import { useEffect, useState } from "preact/hooks";
import type { Session } from "../../shared/api/auth.ts";
import { api } from "../api.ts";
import { attempt } from "../state/toasts.ts";
import { agoText } from "../state/words.ts";
import { changes } from "./changes.ts";
import { browserWords } from "./browser_words.ts";

export function SessionsSection() {
  const [sessions, setSessions] = useState<Session[] | null>(null);
  const load = async () => {
    const page = await attempt(api.sessions);
    if (page) setSessions(page.items);
  };
  useEffect(() => void load(), []);
  const end = async (id: string) => {
    await attempt(() => api.endSession(id));
    changes.value++;
    await load();
  };
  return (
    <section>
      <h2>Where you are signed in</h2>
      <table>
        <tbody>
          {sessions?.map((session) => (
            <tr key={session.id}>
              <td title={session.user_agent}>
                <b>{browserWords(session.user_agent)}</b>
                {session.current && <span class="pill">this one</span>}
              </td>
              <td class="dim">Since {new Date(session.created_at).toLocaleDateString()}</td>
              <td class="dim">
                {session.last_used_at ? `Used ${agoText(session.last_used_at)}` : "Not used yet"}
              </td>
              <td class="acts">
                <button type="button" class="button quiet small" onClick={() => void end(session.id)}>
                  {session.current ? "Sign out" : "End"}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
