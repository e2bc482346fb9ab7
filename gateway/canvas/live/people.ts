import {
  hueFor,
  NOWHERE,
  type Peer,
  type Presence,
  type StudioWord,
} from "../../../shared/canvas/live/words.ts";
import type { Studio } from "../../studio.ts";
import { createElsewhere } from "./elsewhere.ts";

export interface Person {
  user_id: string;
  name: string;
  say(word: StudioWord): void;
}

export type People = ReturnType<typeof createPeople>;

/** Who has which canvas open, and what they do there right now. Stored nowhere. */
export function createPeople(studio: Studio) {
  const projects = new Map<string, Map<Peer, Person>>();
  const elsewhere = createElsewhere(studio, {
    here: (projectId) => [...projects.get(projectId)?.keys() ?? []],
    came: (projectId, peer) => tell(projectId, { type: "peer", peer }),
    went: (projectId, id) => tell(projectId, { type: "gone", id }),
  });

  function tell(projectId: string, word: StudioWord, but?: Peer): void {
    for (const [peer, { say }] of projects.get(projectId) ?? []) if (peer !== but) say(word);
  }

  return {
    /** Everybody there hears of it; disposing says that they are gone. */
    enter(projectId: string, person: Person) {
      const people = projects.get(projectId) ?? new Map<Peer, Person>();
      projects.set(projectId, people);
      const others = [...people.keys(), ...elsewhere.peers(projectId)];
      const peer: Peer = {
        id: crypto.randomUUID(),
        user_id: person.user_id,
        name: person.name,
        hue: hueFor(person.user_id, others),
        presence: NOWHERE,
      };
      people.set(peer, person);
      tell(projectId, { type: "peer", peer }, peer);
      elsewhere.changed(projectId, people.size === 1 ? "first" : "people");
      return {
        peer,
        others,
        moved(presence: Presence): void {
          peer.presence = presence;
          tell(projectId, { type: "peer", peer }, peer);
          elsewhere.changed(projectId, "moved");
        },
        [Symbol.dispose](): void {
          if (!people.delete(peer)) return;
          if (!people.size && projects.get(projectId) === people) projects.delete(projectId);
          tell(projectId, { type: "gone", id: peer.id });
          elsewhere.changed(projectId, "people");
        },
      };
    },
    [Symbol.asyncDispose]: () => elsewhere[Symbol.asyncDispose](),
  };
}
