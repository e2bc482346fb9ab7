import { z } from "zod";

/**
 * How well a machine is known, and how well one must be known to have a project's work. own: the studio's; trusted: of people the studio
 * knows; anyone: of whoever was given a code.
 */
export const Trust = z.enum(["own", "trusted", "anyone"]);
export type Trust = z.infer<typeof Trust>;
/** The strictest first. */
export const TRUSTS: readonly Trust[] = Trust.options;

/** Of a machine. */
export const TRUST_WORDS: Record<Trust, string> = {
  own: "The studio's own",
  trusted: "Trusted",
  anyone: "Community",
};
/** Of work: where it may run. */
export const MAY_RUN_WORDS: Record<Trust, string> = {
  own: "Own machines only",
  trusted: "Own and trusted machines",
  anyone: "Anyone's machines",
};

export function stricter(a: Trust, b: Trust): Trust {
  return TRUSTS.indexOf(a) < TRUSTS.indexOf(b) ? a : b;
}

/** A machine that is known so well may have work that asks for so much. */
export function trustAllows(machine: Trust, asked: Trust): boolean {
  return TRUSTS.indexOf(machine) <= TRUSTS.indexOf(asked);
}
