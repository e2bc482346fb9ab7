/** A pair of opinions, by their numbers, and whether they are alike. */
export interface Compared {
  a: number;
  b: number;
  alike: boolean;
}

/** What a check comes to next, by what is known; nothing else decides it. */
export type Step =
  | { then: "make"; nth: 2 | 3 }
  | { then: "compare"; nths: number[] }
  /** `right`: opinions that two machines share; `wrong`: the one that differs from both others. */
  | { then: "agreed"; right: number[] }
  | { then: "blame"; wrong: number; right: number[] }
  | { then: "undecided"; why: "all_differ" };

/**
 * Two are the same: agreed. Else a third machine makes it; the one of the first two that differs from the other and from the third is wrong.
 * A third that is like both (they differ by little more than they may) speaks for both.
 */
export function nextStep(opinions: readonly number[], compared: readonly Compared[]): Step {
  const alike = (a: number, b: number) => compared.find((pair) => pair.a === a && pair.b === b)?.alike;
  if (!opinions.includes(2)) return { then: "make", nth: 2 };
  const first = alike(1, 2);
  if (first === undefined) return { then: "compare", nths: [1, 2] };
  if (first) return { then: "agreed", right: [1, 2] };
  if (!opinions.includes(3)) return { then: "make", nth: 3 };
  const [withFirst, withSecond] = [alike(1, 3), alike(2, 3)];
  if (withFirst === undefined || withSecond === undefined) return { then: "compare", nths: [1, 2, 3] };
  if (withFirst && withSecond) return { then: "agreed", right: [1, 2, 3] };
  if (withFirst) return { then: "blame", wrong: 2, right: [1, 3] };
  if (withSecond) return { then: "blame", wrong: 1, right: [2, 3] };
  return { then: "undecided", why: "all_differ" };
}
