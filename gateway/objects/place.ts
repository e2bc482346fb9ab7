import { z } from "zod";

/** A word that names credentials; it becomes part of a variable's or a folder's name, so it is nothing but a word. */
const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/, "must be a word of small letters, digits and -");

/**
 * Where the keys of a bucket are to be found. Never the keys themselves: a dump of the database opens no bucket, and whoever can
 * write this row can make the gateway use only what it was given for this purpose.
 */
export const Credentials = z.discriminatedUnion("from", [
  /** Those that the gateway has for its own bucket. */
  z.strictObject({ from: z.literal("gateway") }),
  /** `STORE_<NAME>_ACCESS_KEY_ID` and `STORE_<NAME>_SECRET_ACCESS_KEY` of its environment. */
  z.strictObject({ from: z.literal("env"), name: Name }),
  /** `<STORE_SECRETS>/<name>/access_key_id` and `…/secret_access_key`, as Docker and Kubernetes mount secrets; read again every few minutes. */
  z.strictObject({ from: z.literal("file"), name: Name }),
  /** A role to be assumed, narrowed to the studio's own objects for as long as the session lasts. */
  z.strictObject({
    from: z.literal("role"),
    arn: z.string().regex(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,128}$/,
      "must be the ARN of a role",
    ),
    external_id: z.string().min(2).max(1224).nullable(),
  }),
]);
export type Credentials = z.infer<typeof Credentials>;

/** A bucket, or a folder of one, in which a studio's objects lie under the same keys as in the gateway's own store. */
export const Place = z.strictObject({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "is not the name of a bucket"),
  /** Null: Amazon's own. */
  endpoint: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).nullable(),
  region: z.string().regex(/^[a-z0-9-]{2,40}$/, "is not the name of a region"),
  /** Before every key: empty, or a path that ends in a slash. */
  prefix: z.string().regex(
    /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\/){0,6}$/,
    "must be folders, each with a slash behind it",
  ),
  credentials: Credentials,
});
export type Place = z.infer<typeof Place>;

/** `s3://bucket/folder/ at https://s3.example (eu-central-1), keys from env pepper`; null is the gateway's own store. */
export function placeText(place: Place | null): string {
  if (!place) return "the gateway's own store";
  const { bucket, prefix, endpoint, region, credentials } = place;
  return `s3://${bucket}/${prefix} at ${endpoint ?? "Amazon"} (${region}), keys: ${
    credentialsText(credentials)
  }`;
}

/** As `--keys` of `deno task studio store` takes it. */
export function credentialsText(credentials: Credentials): string {
  switch (credentials.from) {
    case "gateway":
      return "gateway";
    case "role":
      return `role:${credentials.arn}${credentials.external_id ? `,${credentials.external_id}` : ""}`;
    default:
      return `${credentials.from}:${credentials.name}`;
  }
}

/** Reads what {@link credentialsText} writes; what is none of it fails in {@link Credentials}. */
export function credentialsOf(text: string): unknown {
  const at = text.indexOf(":");
  const [from, rest] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  if (from === "role") {
    const comma = rest.indexOf(",");
    return comma < 0
      ? { from, arn: rest, external_id: null }
      : { from, arn: rest.slice(0, comma), external_id: rest.slice(comma + 1) };
  }
  return at < 0 ? { from } : { from, name: rest };
}

/** Whether two names are one place, whoever opens it. */
export function samePlace(a: Place | null, b: Place | null): boolean {
  if (!a || !b) return a === b;
  const of = ({ bucket, endpoint, prefix }: Place) =>
    JSON.stringify([bucket, endpoint ? new URL(endpoint).origin : null, prefix]);
  return of(a) === of(b);
}
