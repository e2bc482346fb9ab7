import { NOWHERE, type Peer, type Presence, type StudioWord } from "../../../shared/canvas/live/words.ts";

export interface Person {
  user_id: string;
  name: string;
  say(word: StudioWord): void;
}

/** Who has which canvas open at this gateway, and what they do there right now. Stored nowhere. */
export type People = ReturnType<typeof createPeople>;

export function createPeople() {
  const projects = new Map<string, Map<Peer, Person>>();

  return {
    /** Everybody there hears of it; disposing says that they are gone. */
    enter(projectId: string, person: Person) {
      const people = projects.get(projectId) ?? new Map<Peer, Person>();
      projects.set(projectId, people);
      const peer: Peer = {
        id: crypto.randomUUID(),
        user_id: person.user_id,
        name: person.name,
        presence: NOWHERE,
      };
      const others = [...people.keys()];
      const tell = (word: StudioWord) => {
        for (const [other, { say }] of people) if (other !== peer) say(word);
      };
      people.set(peer, person);
      tell({ type: "peer", peer });
      return {
        peer,
        others,
        moved(presence: Presence): void {
          peer.presence = presence;
          tell({ type: "peer", peer });
        },
        [Symbol.dispose](): void {
          people.delete(peer);
          if (!people.size && projects.get(projectId) === people) projects.delete(projectId);
          tell({ type: "gone", id: peer.id });
        },
      };
    },
  };
}
