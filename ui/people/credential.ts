/** What a person pasted to sign in. */
export type Pasted =
  | { kind: "link"; path: string }
  | { kind: "token"; token: string }
  | { kind: "wrong"; sentence: string };

/** A link of the studio, the one-time token in it, or an access token; anything else with what to do. */
export function readPasted(text: string): Pasted {
  const found = /gms_([a-z]+)_[A-Za-z0-9_-]{43}/.exec(text.trim());
  switch (found?.[1]) {
    case "enter":
      return { kind: "link", path: `/enter?token=${found[0]}` };
    case "access":
      return { kind: "token", token: found[0] };
    case "agent":
    case "join":
      return { kind: "wrong", sentence: "That is for machines. People need a link or an access token." };
  }
  return {
    kind: "wrong",
    sentence: "This is neither a link nor an access token of a studio; check that all of it was copied.",
  };
}
