import { fail, type Issue, list } from "./issue.ts";
import { expected, fields, isRecord, Schema, type Shape, unrecognized, ZodError } from "./schema.ts";

/**
 * zod as far as the schemas of shared/ use it, for the browser: `build.ts` puts it where they import `zod`. The whole of zod is a fifth
 * of what may be loaded before the canvas is there. It says what zod says, word for word: the test lets both read the
 * same rubbish (zod_test.ts). No async, no `new Function` that a Content-Security-Policy would have to allow.
 */

/** A value of one kind by `typeof`-like name. */
const kind = (name: string, is: (value: unknown) => boolean) => () =>
  new Schema((value, issues, path) => is(value) ? value : expected(name, value, issues, path));

const string = kind("string", (value) => typeof value === "string");
const number = kind("number", (value) => Number.isFinite(value));
const boolean = kind("boolean", (value) => typeof value === "boolean");
const unknown = () => new Schema((value) => value);
const formatted = (name: string, is: (text: string) => boolean) =>
  string().refine(is as (value: never) => boolean, `Invalid ${name}`);

/** A query's text as a number. */
function coercedNumber(): Schema {
  return new Schema((value, issues, path) => {
    let made = value;
    try {
      made = Number(value);
    } catch {
      // What has no text has no number.
    }
    return Number.isFinite(made) ? made : expected("number", made, issues, path);
  });
}

function oneOf(values: readonly unknown[]): Schema {
  return new Schema((value, issues, path) => {
    if (values.includes(value)) return value;
    return fail(
      value,
      issues,
      path,
      values.length === 1
        ? `Invalid input: expected ${list(values, "")}`
        : `Invalid option: expected one of ${list(values, "|")}`,
    );
  }, { options: values });
}

function array(each: Schema): Schema {
  return new Schema((value, issues, path) => {
    if (!Array.isArray(value)) return expected("array", value, issues, path);
    return value.map((one, index) => each.run(one, issues, [...path, index]));
  });
}

function record(key: Schema, each: Schema): Schema {
  return new Schema((value, issues, path) => {
    if (!isRecord(value)) return expected("record", value, issues, path);
    const made: Record<string, unknown> = {}, strange: string[] = [];
    for (const [name, one] of Object.entries(value)) {
      if (name === "__proto__") continue;
      if (key.safeParse(name).success) made[name] = each.run(one, issues, [...path, name]);
      else if (key.options) strange.push(name);
      else fail(value, issues, [...path, name], "Invalid key in record", "invalid_key");
    }
    unrecognized(strange, value, issues, path);
    return made;
  });
}

function union(schemas: Schema[]): Schema {
  return new Schema((value, issues, path) => {
    for (const schema of schemas) {
      const wrong: Issue[] = [];
      const made = schema.run(value, wrong, path);
      if (!wrong.length) return made;
    }
    return fail(value, issues, path, "Invalid input");
  });
}

function discriminatedUnion(by: string, schemas: Schema[]): Schema {
  const known = new Map(
    schemas.flatMap((schema) => (schema.shape?.[by]?.options ?? []).map((value) => [value, schema] as const)),
  );
  return new Schema((value, issues, path) => {
    if (!isRecord(value)) return expected("object", value, issues, path);
    const schema = known.get(value[by]);
    if (schema) return schema.run(value, issues, path);
    const names = [...known.keys()].map((name) => `'${name}'`).join(" | ");
    return fail(value, issues, [...path, by], `Invalid discriminator value. Expected ${names}`);
  });
}

function tuple(schemas: Schema[]): Schema {
  return new Schema((value, issues, path) => {
    if (!Array.isArray(value)) return expected("tuple", value, issues, path);
    if (value.length !== schemas.length) {
      const [sizes, than] = value.length > schemas.length ? ["Too big", "<="] : ["Too small", ">="];
      return fail(value, issues, path, `${sizes}: expected array to have ${than}${schemas.length} items`);
    }
    return schemas.map((schema, index) => schema.run(value[index], issues, [...path, index]));
  });
}

const DATE = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const TIME = new RegExp(String.raw`^${DATE}T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?Z$`);

export const z = {
  array,
  boolean,
  coerce: { number: coercedNumber },
  discriminatedUnion,
  enum: oneOf,
  int: () => number().int(),
  iso: {
    datetime: () => formatted("ISO datetime", (text) => TIME.test(text) && realDay(text)),
    date: () => formatted("ISO date", (text) => new RegExp(`^${DATE}$`).test(text) && realDay(text)),
  },
  literal: (value: unknown) => oneOf([value]),
  number,
  object: (shape: Shape) => fields(shape, false),
  partialRecord: record,
  record,
  strictObject: (shape: Shape) => fields(shape, true),
  string,
  tuple,
  union,
  unknown,
  url: () => formatted("URL", (text) => URL.canParse(text.trim())),
  ZodError,
};

/** The 30th of February is none. */
function realDay(text: string): boolean {
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
