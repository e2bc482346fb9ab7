import { useEffect, useState } from "preact/hooks";
import type { Session } from "../../shared/api/auth.ts";
import { access } from "./api.ts";
import { attempt } from "../state/toasts.ts";
import { agoText } from "../state/words.ts";
import { browserWords } from "./browser_words.ts";
import { change } from "./changes.ts";
import { OwnRow } from "./own_row.tsx";

export function SessionsSection() {
  const [sessions, setSessions] = useState<Session[] | null>(null);
  const load = async () => {
    const page = await attempt(access.sessions);
    if (page) setSessions(page.items);
  };
  useEffect(() => void load(), []);
  return (
    <section>
      <h2>Where you are signed in</h2>
      <table>
        <tbody>
          {sessions?.map((session) => (
            <OwnRow
              key={session.id}
              title={session.user_agent}
              name={
                <>
                  <b>{browserWords(session.user_agent)}</b>
                  {session.current && <span class="pill">this one</span>}
                </>
              }
              about={[
                `Since ${new Date(session.created_at).toLocaleDateString()}`,
                session.last_used_at ? `Used ${agoText(session.last_used_at)}` : "Not used yet",
              ]}
              act={session.current ? "Sign out" : "End"}
              onAct={() => void change(() => access.endSession(session.id), load)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}
