import assert from "node:assert/strict";
import fc from "fast-check";
import { z as whole } from "zod";
import { z as ours } from "./zod.ts";

type Read = {
  safeParse(
    value: unknown,
  ): { success: boolean; data?: unknown; error?: { issues: { path: PropertyKey[]; message: string }[] } };
};

/** The schemas of shared/canvas and what else of zod shared/ uses, made by either. */
// deno-lint-ignore no-explicit-any
function schemas(z: any): Record<string, Read> {
  const Name = z.string().regex(/^[A-Z][A-Z0-9-]{0,9}$/, "must be a name");
  const Ref = z.object({ path: z.string().min(1).max(9), size: z.int().min(1) });
  const base = {
    id: z.string().min(1).max(4),
    at: z.object({ x: z.int(), y: z.int() }),
    parent: Name.optional(),
  };
  const shot = z.strictObject({
    ...base,
    type: z.literal("shot"),
    prompt: z.string().max(6).default(""),
    params: z.record(z.string().max(3), z.union([z.string().max(3), z.number(), z.boolean()])).default({}),
    seed: z.int().min(0).max(99).default(0),
    out: z.int().min(1).optional(),
    files: z.array(Ref).max(1).default([]),
    tier: z.enum(["low", "high"]).nullable(),
  });
  const note = z.strictObject({ ...base, type: z.literal("note"), locked: z.boolean().default(false) });
  return {
    node: z.discriminatedUnion("type", [shot, note]),
    title: z.string().trim().min(1).max(5).refine((text: string) => !text.includes("0"), "has a nought"),
    list: z.array(z.string().length(2)).length(1),
    pair: z.tuple([z.string(), z.number()]),
    rate: z.number().positive().multipleOf(2),
    limit: z.coerce.number().int().min(1).max(9).default(5),
    url: z.url().optional(),
    date: z.iso.date(),
    time: z.iso.datetime(),
    maybe: z.object({
      a: z.string().nullish().transform((it: unknown) => it ?? "none"),
      b: z.unknown(),
      c: Name.nullable(),
    }),
    word: z.string().max(3).superRefine((text: string, context: { addIssue(issue: unknown): void }) => {
      if (text === "A") context.addIssue({ code: "custom", message: "is A" });
      if (text.startsWith("  ")) context.addIssue("begins with room");
    }),
    more: z.strictObject({ a: z.string(), b: Name }).extend({ c: z.int(), id: Name.optional() }),
    less: z.object({ a: z.string(), x: z.int(), id: Name }).omit({ x: true }).partial(),
    one: z.strictObject({ a: z.string(), b: z.int() }).pick({ a: true }),
    tiers: z.partialRecord(z.enum(["low", "high"]), Ref),
  };
}

const word = fc.constantFrom(
  "",
  "a",
  "A",
  "AB",
  "shot",
  "note",
  "low",
  "0",
  "  x ",
  "toolongforit",
  "2024-02-29",
  "2023-02-29",
  "2024-05-06T07:08:09Z",
  "https://example.org/a",
);
const leaf = fc.oneof(
  word,
  fc.constantFrom<unknown>(
    0,
    1,
    2,
    1.5,
    -3,
    1e20,
    -1e20,
    NaN,
    Infinity,
    -Infinity,
    null,
    undefined,
    true,
    [],
  ),
);
const key = fc.constantFrom(
  "id",
  "at",
  "x",
  "y",
  "parent",
  "type",
  "prompt",
  "params",
  "seed",
  "out",
  "files",
  "tier",
  "locked",
  "path",
  "size",
  "a",
  "b",
  "c",
  "low",
  "strange",
);
const rubbish = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("any"), { maxLength: 2 }),
    fc.dictionary(key, tie("any"), { maxKeys: 5 }),
  ),
})).any;
/** Nearly a node: so that the rules further in are reached. */
const nearly = fc.tuple(
  fc.dictionary(key, leaf, { maxKeys: 2 }),
  fc.constantFrom({ type: "shot", tier: "low" }, { type: "note" }, {
    type: "shot",
    tier: null,
    files: [{ path: "a", size: 1, more: 1 }],
  }),
  fc.subarray(["id", "at"]),
).map(([more, node, without]) => {
  const made: Record<string, unknown> = { id: "n1", at: { x: 1, y: 2 }, ...node, ...more };
  if (without.length === 1) delete made[without[0]!];
  return made;
});

Deno.test("the browser's zod reads what zod reads and says what zod says", () => {
  const theirs = schemas(whole), own = schemas(ours);
  fc.assert(
    fc.property(fc.oneof(rubbish, nearly), fc.constantFrom(...Object.keys(theirs)), (value, name) => {
      const one = theirs[name]!.safeParse(value), other = own[name]!.safeParse(value);
      assert.deepEqual(said(other), said(one), name);
    }),
    { numRuns: 20_000 },
  );
});

/** What it is read as, or the first thing that is wrong: that is what a person is told. */
function said({ success, data, error }: ReturnType<Read["safeParse"]>) {
  return success ? { data } : { path: error!.issues[0]!.path, message: error!.issues[0]!.message };
}
