/** `mine` is what is merged into, `theirs` what comes. */
export type Side = "mine" | "theirs";

/** Something that both sides changed, each otherwise; or that cannot be both. */
export interface Clash {
  /** The same for the same clash, however often the merge is tried. */
  id: string;
  /**
   * `place`: a field that only says where a node lies. `node`: one side removed what the other changed or used. `wire`: it cannot lie
   * beside mine's. `name`: two shots have it; whichever does not keep it gets a free one.
   */
  kind: "field" | "place" | "node" | "wire" | "name" | "take" | "setting" | "file";
  node_id: string | null;
  title: string;
  field: string | null;
  /** Undefined: not there. */
  base: unknown;
  mine: unknown;
  theirs: unknown;
}

/** Who decides; null: nobody has yet, and mine stays. */
export type Choose = (clash: Clash) => Side | null;

export interface Settled extends Clash {
  choice: Side | null;
}

/** Where clashes are brought to: each is written down and decided. */
export interface Desk {
  readonly clashes: Settled[];
  settle(clash: Clash): Side;
}

export function openDesk(choose: Choose): Desk {
  const clashes: Settled[] = [];
  return {
    clashes,
    settle(clash) {
      const choice = choose(clash);
      clashes.push({ ...clash, choice });
      return choice ?? "mine";
    },
  };
}
