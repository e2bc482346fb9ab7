import { type Check, fail, type Issue, kindOf, list, type Step } from "./issue.ts";

export type Shape = Record<string, Schema>;

/** What a schema makes of a key that is not there: it must be there, may be absent, is filled in. */
type Absent = "required" | "optional" | "default";

interface Options {
  absent?: Absent;
  checks?: Check[];
  /** Of an object: its fields, and whether others are refused. */
  shape?: Shape | undefined;
  strict?: boolean | undefined;
  /** Of what is one of some values: those. */
  options?: readonly unknown[] | undefined;
  /** How many a list may have at most, and that in words. */
  most?: { limit: number; bound: string } | undefined;
}

export class Schema {
  readonly absent: Absent;
  readonly shape: Shape | undefined;
  private readonly strict: boolean | undefined;
  readonly options: readonly unknown[] | undefined;
  private readonly checks: Check[];
  private readonly most: Options["most"];

  constructor(
    private readonly step: Step,
    { absent = "required", checks = [], shape, strict, options, most }: Options = {},
  ) {
    this.absent = absent;
    this.checks = checks;
    this.shape = shape;
    this.strict = strict;
    this.options = options;
    this.most = most;
  }

  run(value: unknown, issues: Issue[], path: PropertyKey[]): unknown {
    const before = issues.length;
    // A list that is too long is not read.
    if (this.most && Array.isArray(value) && value.length > this.most.limit) {
      return fail(value, issues, path, `Too big: expected array to have ${this.most.bound} items`);
    }
    const made = this.step(value, issues, path);
    // What only has a key too many is checked on; what is of another kind is not.
    if (issues.slice(before).some((issue) => issue.code !== "unrecognized_keys")) return made;
    return this.checks.reduce((result, check) => check(result, issues, path), made);
  }

  safeParse(value: unknown) {
    const issues: Issue[] = [];
    const data = this.run(value, issues, []);
    return issues.length ? { success: false, error: new ZodError(issues) } : { success: true, data };
  }

  parse(value: unknown): unknown {
    const { success, error, data } = this.safeParse(value);
    if (!success) throw error;
    return data;
  }

  private checked(check: Check): Schema {
    return new Schema(this.step, { ...this, checks: [...this.checks, check] });
  }

  private holding(holds: (value: never) => unknown, message: (value: never) => string): Schema {
    return this.checked((value, issues, path) =>
      holds(value as never) ? value : fail(value, issues, path, message(value as never))
    );
  }

  private sized(holds: (size: number) => boolean, sizes: string, bound: string): Schema {
    return this.holding(
      (value) => holds(sizeOf(value)),
      (value) =>
        `Too ${sizes || (sizeOf(value) > parseInt(bound.slice(8)) ? "big" : "small")}: expected ${
          kindOf(value)
        } to ` +
        (typeof value === "number"
          ? `be ${bound}`
          : `have ${bound} ${typeof value === "string" ? "characters" : "items"}`),
    );
  }
  private atMost(limit: number, bound: string): Schema {
    return new Schema(this.step, { ...this, most: { limit, bound } });
  }
  max(limit: number): Schema {
    return this.atMost(limit, `<=${limit}`).sized((size) => size <= limit, "big", `<=${limit}`);
  }
  min(limit: number): Schema {
    return this.sized((size) => size >= limit, "small", `>=${limit}`);
  }
  positive(): Schema {
    return this.sized((size) => size > 0, "small", ">0");
  }
  nonnegative(): Schema {
    return this.min(0);
  }
  length(exact: number): Schema {
    return this.atMost(exact, `exactly ${exact}`).sized((size) => size === exact, "", `exactly ${exact}`);
  }
  regex(pattern: RegExp, message = `Invalid string: must match pattern ${pattern}`): Schema {
    return this.holding((value) => pattern.test(value), () => message);
  }
  trim(): Schema {
    return this.checked((value) => (value as string).trim());
  }
  int(): Schema {
    return this.checked(whole);
  }
  multipleOf(step: number): Schema {
    return this.holding((value) => value % step === 0, () => `Invalid number: must be a multiple of ${step}`);
  }
  refine(holds: (value: never) => unknown, message = "Invalid input"): Schema {
    return this.holding(holds, () => message);
  }

  superRefine(
    look: (value: never, context: { addIssue(issue: string | Partial<Issue>): void }) => void,
  ): Schema {
    return this.checked((value, issues, path) => {
      look(value as never, {
        addIssue(issue) {
          const said = typeof issue === "string" ? { message: issue } : issue;
          fail(value, issues, [...path, ...said.path ?? []], said.message ?? "Invalid input", said.code);
        },
      });
      return value;
    });
  }

  optional(): Schema {
    return this.unless(undefined, "optional", () => undefined);
  }
  nullable(): Schema {
    return this.unless(null, this.absent, () => null);
  }
  nullish(): Schema {
    return this.nullable().optional();
  }
  default(fallback: unknown): Schema {
    return this.unless(undefined, "default", () => structuredClone(fallback));
  }
  transform(change: (value: never) => unknown): Schema {
    return new Schema((value, issues, path) => {
      const before = issues.length;
      const made = this.run(value, issues, path);
      return issues.length > before ? made : change(made as never);
    }, { absent: this.absent });
  }

  extend(more: Shape): Schema {
    return fields({ ...this.shape, ...more }, this.strict ?? false);
  }
  omit(names: Record<string, true>): Schema {
    return this.having((name) => !names[name]);
  }
  pick(names: Record<string, true>): Schema {
    return this.having((name) => names[name]!);
  }
  partial(): Schema {
    const all = Object.entries(this.shape ?? {}).map(([name, schema]) => [name, schema.optional()] as const);
    return fields(Object.fromEntries(all), this.strict ?? false);
  }
  private having(holds: (name: string) => boolean): Schema {
    const left = Object.entries(this.shape ?? {}).filter(([name]) => holds(name));
    return fields(Object.fromEntries(left), this.strict ?? false);
  }

  private unless(nothing: null | undefined, absent: Absent, instead: () => unknown): Schema {
    return new Schema(
      (value, issues, path) => value === nothing ? instead() : this.run(value, issues, path),
      {
        absent,
      },
    );
  }
}

function sizeOf(value: number | string | unknown[]): number {
  return typeof value === "number" ? value : value.length;
}

export class ZodError extends Error {
  constructor(readonly issues: Issue[]) {
    super(JSON.stringify(issues, null, 2));
    this.name = "ZodError";
  }
}

export function expected(what: string, value: unknown, issues: Issue[], path: PropertyKey[]): unknown {
  return fail(
    value,
    issues,
    path,
    `Invalid input: expected ${what}, received ${kindOf(value)}`,
    "invalid_type",
  );
}

function whole(value: unknown, issues: Issue[], path: PropertyKey[]): unknown {
  if (!Number.isInteger(value)) return expected("int", value, issues, path);
  if (Number.isSafeInteger(value)) return value;
  const big = (value as number) > 0;
  const limit = big ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  return fail(
    value,
    issues,
    path,
    `Too ${big ? "big" : "small"}: expected int to be ${big ? "<" : ">"}=${limit}`,
  );
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function fields(shape: Shape, strict: boolean): Schema {
  return new Schema((value, issues, path) => {
    if (!isRecord(value)) return expected("object", value, issues, path);
    const made: Record<string, unknown> = {};
    for (const [key, schema] of Object.entries(shape)) {
      const there = key in value;
      if (!there && schema.absent === "optional") continue;
      const before = issues.length;
      const result = schema.run(value[key], issues, [...path, key]);
      if (!there && schema.absent === "required") {
        if (issues.length === before) expected("nonoptional", undefined, issues, [...path, key]);
      } else if (there || result !== undefined) made[key] = result;
    }
    const strange = strict ? Object.keys(value).filter((key) => !Object.hasOwn(shape, key)) : [];
    unrecognized(strange, value, issues, path);
    return made;
  }, { shape, strict });
}

export function unrecognized(keys: string[], value: unknown, issues: Issue[], path: PropertyKey[]): void {
  if (!keys.length) return;
  const text = `Unrecognized key${keys.length > 1 ? "s" : ""}: ${list(keys, ", ")}`;
  fail(value, issues, path, text, "unrecognized_keys");
}
