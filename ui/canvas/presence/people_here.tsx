import { useWorkspace } from "../workspace.ts";

/** Faces shown before the rest becomes a number. */
const SHOWN = 5;

/** Who has this film open, each person once however many windows they have; oneself first. */
export function PeopleHere() {
  const { document: doc } = useWorkspace();
  const { me, others } = doc.people;
  if (!me.value) return null;
  const people = new Map([[me.value.userId, { name: `${me.value.name} (you)`, hue: me.value.hue }]]);
  for (const { userId, ...other } of others.value) if (!people.has(userId)) people.set(userId, other);
  const all = [...people];
  return (
    <ul class="people" aria-label="Who is here">
      {all.slice(0, SHOWN).map(([id, { name, hue }]) => (
        <li key={id}>
          <span class="face" role="img" aria-label={name} title={name} style={{ "--hue": hue }}>
            {initials(name)}
          </span>
        </li>
      ))}
      {all.length > SHOWN && <li class="face">+{all.length - SHOWN}</li>}
    </ul>
  );
}

function initials(name: string): string {
  const words = name.replace(/\(.*\)/, "").trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toLocaleUpperCase();
}
