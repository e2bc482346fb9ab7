import { useEffect, useState } from "preact/hooks";
import type { Person } from "../../shared/api/auth.ts";
import { access } from "./api.ts";
import { attempt, say } from "../state/toasts.ts";
import { changes } from "./changes.ts";
import { InviteForm } from "./invite_form.tsx";
import { loadMe, managesPeople, me, ownsStudio } from "./me.ts";
import { Once } from "./once.tsx";
import { offered, type RoleName, ROLES } from "./roles.ts";

export function PeopleSection() {
  const [people, setPeople] = useState<Person[] | null>(null);
  const [link, setLink] = useState<{ label: string; url: string } | null>(null);
  const load = async () => {
    const page = await attempt(access.people);
    if (page) setPeople(page.items);
  };
  useEffect(() => void load(), []);
  const letIn = async (body: Parameters<typeof access.makeLink>[0]) => {
    const made = await attempt(() => access.makeLink(body));
    if (!made) return false;
    const until = new Date(made.expires_at).toLocaleString();
    setLink({ label: `A link for ${made.user.name}, good once, until ${until}`, url: made.url });
    changes.value++;
    await load();
    return true;
  };
  return (
    <section>
      <h2>Who is here</h2>
      {people && (
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th>Role</th>
              <th>Since</th>
              {managesPeople.value && <th />}
            </tr>
          </thead>
          <tbody>
            {people.map((person) => (
              <Row
                key={person.id}
                person={person}
                onChange={async () => {
                  changes.value++;
                  await load();
                }}
                onLink={() => void letIn({ user_id: person.id })}
              />
            ))}
          </tbody>
        </table>
      )}
      {link && <Once label={link.label} value={link.url} onClose={() => setLink(null)} />}
      {managesPeople.value && <InviteForm onInvite={letIn} />}
    </section>
  );
}

function Row(
  { person, onChange, onLink }: { person: Person; onChange: () => Promise<void>; onLink: () => void },
) {
  const own = person.id === me.value?.id;
  const [sure, setSure] = useState(false);
  const mayChange = managesPeople.value && (person.role !== "owner" || ownsStudio.value);
  const setRole = async (role: RoleName) => {
    const changed = await attempt(() => access.updatePerson(person.id, { role }));
    if (changed) say(`${person.name} is here as ${ROLES[role].label.toLowerCase()} now.`);
    if (own) await loadMe(true);
    await onChange();
  };
  const rename = async (name: string) => {
    if (!name || name === person.name) return;
    if (await attempt(() => access.updatePerson(person.id, { name }))) await loadMe(true);
    await onChange();
  };
  const remove = async () => {
    const done = await attempt(async () => (await access.removePerson(person.id), true));
    if (done) say(`${person.name} has no access any more. What they made stays.`);
    await onChange();
  };
  return (
    <tr>
      <td>
        {own
          ? (
            <>
              <input
                class="input own"
                aria-label="Your name"
                maxLength={60}
                value={person.name}
                onChange={(event) => void rename(event.currentTarget.value.trim())}
              />
              <span class="pill">you</span>
            </>
          )
          : <b>{person.name}</b>}
      </td>
      <td title={ROLES[person.role].may}>
        {mayChange
          ? (
            <select
              class="input"
              aria-label={`Role of ${person.name}`}
              value={person.role}
              onChange={(event) => void setRole(event.currentTarget.value as RoleName)}
            >
              {offered().map((role) => (
                <option key={role} value={role} selected={role === person.role}>{ROLES[role].label}</option>
              ))}
            </select>
          )
          : ROLES[person.role].label}
      </td>
      <td class="dim">{new Date(person.created_at).toLocaleDateString()}</td>
      {managesPeople.value && (
        <td class="acts">
          {mayChange && !own && !sure && (
            <>
              <button type="button" class="button quiet small" onClick={onLink}>New link</button>
              <button type="button" class="button quiet small" onClick={() => setSure(true)}>
                Take away access
              </button>
            </>
          )}
          {sure && (
            <>
              <button type="button" class="button small broken-text" onClick={() => void remove()}>
                Yes, at once
              </button>
              <button type="button" class="button quiet small" onClick={() => setSure(false)}>Keep</button>
            </>
          )}
        </td>
      )}
    </tr>
  );
}
