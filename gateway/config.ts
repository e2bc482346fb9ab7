import { z } from "zod";
import { join, resolve } from "@std/path";

const text = z.string().trim().min(1);

const Environment = z.object({
  STUDIO_DATA: text.default(".studio"),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgres:// URL" }).optional(),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8000),
  HOST: text.default("127.0.0.1"),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
  ALLOW_HTTP: z.enum(["0", "1"]).default("0"),
  S3_BUCKET: text.optional(),
  S3_ENDPOINT: z.url().optional(),
  S3_REGION: text.default("us-east-1"),
  /** Bytes that one PUT to the bucket takes; agents send larger files in parts. Amazon's limit is 5 GiB. */
  S3_LARGEST_PUT: z.coerce.number().int().min(5 * 1024 ** 2).max(5 * 1024 ** 3).default(5 * 1024 ** 3),
  /** Folder with the keys of studios' own buckets: `<name>/access_key_id` and `<name>/secret_access_key`. */
  STORE_SECRETS: text.optional(),
  /** What the gateway does once a day about what nothing uses any more: nothing, tell it in the log, or remove it. */
  HOUSEKEEPING: z.enum(["off", "look", "remove"]).default("off"),
  /** Name of the first studio, made at the first start. */
  STUDIO_NAME: text.default("Studio"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  /** Folder of runner folders; the studio's own by default. */
  RUNNERS_DIR: text.default(join(import.meta.dirname!, "..", "agent", "runners")),
  /** Folder with agent/ and shared/ of the agent that machines get here; this program's own by default. */
  AGENT_SOURCE: text.default(join(import.meta.dirname!, "..")),
  /** Seconds a lease lasts without a heartbeat, between heartbeats, and that a poll waits. */
  LEASE_SECONDS: z.coerce.number().min(1).max(600).default(60),
  HEARTBEAT_SECONDS: z.coerce.number().min(0.2).max(120).default(15),
  POLL_SECONDS: z.coerce.number().min(0.1).max(30).default(25),
  /** Seconds that no card for its tier was seen before what waits is made lower, where its film allows that. */
  LOWER_TIER_SECONDS: z.coerce.number().min(0).max(7 * 86_400).default(300),
  /** An OpenID Connect provider with which people sign in: its issuer URL, and what it calls this studio. */
  OIDC_ISSUER: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
  OIDC_CLIENT_ID: text.optional(),
  OIDC_CLIENT_SECRET: text.optional(),
  /** What the button says; the issuer's host by default. */
  OIDC_NAME: text.optional(),
  /** Lets people in whom nobody invited, as this, if their verified e-mail address is of one of OIDC_DOMAINS (commas between). */
  OIDC_NEW_ROLE: z.enum(["artist", "reviewer", "viewer"]).optional(),
  OIDC_DOMAINS: text.optional(),
  /** An OpenTelemetry collector that takes OTLP/HTTP: its base (`/v1/traces` is added), or where traces go exactly. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" })
    .optional(),
  /** Headers for it: `authorization=Bearer%20x,tenant=a`. */
  OTEL_EXPORTER_OTLP_HEADERS: text.optional(),
  /** Bearer token for /metrics; without it only loopback may read them. */
  METRICS_TOKEN: text.optional(),
  /** JSON file of what studios may use (gateway/plans/README.md). */
  PLANS_FILE: text.optional(),
  /** Where usage is told, for billing systems, and what signs it: `whsec_` and 24 to 64 bytes in Base64 (Standard Webhooks). */
  WEBHOOK_URL: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
  WEBHOOK_SECRET: text.regex(
    /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/,
    "must be whsec_ and 24 to 64 bytes in Base64",
  )
    .optional(),
});

export interface Config {
  dataDir: string;
  databaseUrl: string | null;
  host: string;
  port: number;
  /** What the gateway calls itself; null until the server knows its port. */
  publicUrl: string | null;
  s3: { bucket: string; endpoint: string | null; region: string; largestPut: number } | null;
  /** Keys of studios' own buckets by name: of STORE_<NAME>_ACCESS_KEY_ID and STORE_<NAME>_SECRET_ACCESS_KEY. */
  storeKeys: Map<string, { accessKeyId: string; secretAccessKey: string }>;
  storeSecrets: string | null;
  housekeeping: "off" | "look" | "remove";
  studioName: string;
  logLevel: "debug" | "info" | "warn" | "error";
  runnersDir: string;
  agentSource: string;
  leaseSeconds: number;
  heartbeatSeconds: number;
  pollSeconds: number;
  lowerTierSeconds: number;
  /** `newPeople`: who is let in without an invitation; null: nobody. */
  oidc: {
    issuer: string;
    clientId: string;
    clientSecret: string;
    name: string;
    newPeople: { role: "artist" | "reviewer" | "viewer"; domains: string[] } | null;
  } | null;
  metricsToken: string | null;
  /** Where traces go; null: nothing is traced. */
  traces: { url: string; headers: Record<string, string> } | null;
  plansFile: string | null;
  webhook: { url: string; secret: string } | null;
}

export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Reads the configuration; throws one {@link ConfigError} that names everything that is wrong. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigError(
      `The configuration is wrong:\n${lines.join("\n")}\nSee "Environment variables" in README.md.`,
    );
  }
  const env = parsed.data;
  const faults: string[] = [];
  if (env.HEARTBEAT_SECONDS * 2 > env.LEASE_SECONDS) {
    faults.push(
      "HEARTBEAT_SECONDS: must be at most half of LEASE_SECONDS, so that one lost heartbeat loses no lease",
    );
  }
  const beyondLoopback = !isLoopback(env.HOST);
  const plain = !env.PUBLIC_URL?.startsWith("https:");
  if (beyondLoopback && plain && env.ALLOW_HTTP !== "1") {
    faults.push(
      `HOST: ${env.HOST} is reachable from other machines, and PUBLIC_URL is not https; put TLS in front, or set ALLOW_HTTP=1 to accept plain HTTP`,
    );
  }
  for (const half of halfKeys(given)) faults.push(half);
  if (env.S3_ENDPOINT && !env.S3_BUCKET) faults.push("S3_BUCKET: is needed with S3_ENDPOINT");
  const oidc = env.OIDC_ISSUER && env.OIDC_CLIENT_ID && env.OIDC_CLIENT_SECRET;
  if ([env.OIDC_ISSUER, env.OIDC_CLIENT_ID, env.OIDC_CLIENT_SECRET].some(Boolean) && !oidc) {
    faults.push("OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET: are needed together");
  }
  if (env.OIDC_ISSUER?.startsWith("http:") && !isLoopback(new URL(env.OIDC_ISSUER).hostname)) {
    faults.push("OIDC_ISSUER: must be https, unless it is on this machine");
  }
  if (Boolean(env.WEBHOOK_URL) !== Boolean(env.WEBHOOK_SECRET)) {
    faults.push("WEBHOOK_URL and WEBHOOK_SECRET: are needed together");
  }
  if (env.WEBHOOK_SECRET && !isBase64(env.WEBHOOK_SECRET.slice("whsec_".length))) {
    faults.push("WEBHOOK_SECRET: what follows whsec_ must be Base64");
  }
  if (env.WEBHOOK_URL?.startsWith("http:") && !isLoopback(new URL(env.WEBHOOK_URL).hostname)) {
    faults.push("WEBHOOK_URL: must be https, unless it is on this machine");
  }
  if (Boolean(env.OIDC_NEW_ROLE) !== Boolean(env.OIDC_DOMAINS)) {
    faults.push(
      "OIDC_NEW_ROLE and OIDC_DOMAINS: are needed together, so that not everybody of a provider comes in",
    );
  }
  if (faults.length) {
    throw new ConfigError(`The configuration is wrong:\n${faults.map((f) => "  " + f).join("\n")}`);
  }
  return {
    dataDir: resolve(env.STUDIO_DATA),
    databaseUrl: env.DATABASE_URL ?? null,
    host: env.HOST,
    port: env.PORT,
    publicUrl: env.PUBLIC_URL?.replace(/\/+$/, "") ?? null,
    s3: env.S3_BUCKET
      ? {
        bucket: env.S3_BUCKET,
        endpoint: env.S3_ENDPOINT ?? null,
        region: env.S3_REGION,
        largestPut: env.S3_LARGEST_PUT,
      }
      : null,
    storeKeys: storeKeysOf(given),
    storeSecrets: env.STORE_SECRETS ? resolve(env.STORE_SECRETS) : null,
    housekeeping: env.HOUSEKEEPING,
    studioName: env.STUDIO_NAME,
    logLevel: env.LOG_LEVEL,
    runnersDir: resolve(env.RUNNERS_DIR),
    agentSource: resolve(env.AGENT_SOURCE),
    leaseSeconds: env.LEASE_SECONDS,
    heartbeatSeconds: env.HEARTBEAT_SECONDS,
    pollSeconds: env.POLL_SECONDS,
    lowerTierSeconds: env.LOWER_TIER_SECONDS,
    oidc: oidc
      ? {
        issuer: env.OIDC_ISSUER!,
        clientId: env.OIDC_CLIENT_ID!,
        clientSecret: env.OIDC_CLIENT_SECRET!,
        name: env.OIDC_NAME ?? new URL(env.OIDC_ISSUER!).hostname,
        newPeople: env.OIDC_NEW_ROLE
          ? {
            role: env.OIDC_NEW_ROLE,
            domains: env.OIDC_DOMAINS!.split(",").map((domain) => domain.trim().toLowerCase()).filter(
              Boolean,
            ),
          }
          : null,
      }
      : null,
    metricsToken: env.METRICS_TOKEN ?? null,
    traces: tracesTo(env),
    plansFile: env.PLANS_FILE ? resolve(env.PLANS_FILE) : null,
    webhook: env.WEBHOOK_URL ? { url: env.WEBHOOK_URL, secret: env.WEBHOOK_SECRET! } : null,
  };
}

const STORE_KEY = /^STORE_([A-Z0-9][A-Z0-9_]*)_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)$/;

function storeKeysOf(given: Record<string, string | undefined>): Config["storeKeys"] {
  const names = Object.keys(given).flatMap((name) => STORE_KEY.exec(name)?.[1] ?? []);
  return new Map(names.map((name) => [name.toLowerCase().replaceAll("_", "-"), {
    accessKeyId: given[`STORE_${name}_ACCESS_KEY_ID`]!,
    secretAccessKey: given[`STORE_${name}_SECRET_ACCESS_KEY`]!,
  }]));
}

function halfKeys(given: Record<string, string | undefined>): string[] {
  return Object.keys(given).flatMap((name) => {
    const [, of, half] = STORE_KEY.exec(name) ?? [];
    if (!of) return [];
    const other = `STORE_${of}_${half === "ACCESS_KEY_ID" ? "SECRET_ACCESS_KEY" : "ACCESS_KEY_ID"}`;
    return given[other] ? [] : [`${name}: is needed together with ${other}`];
  });
}

/** As OpenTelemetry's specification has it for every exporter. */
function tracesTo(env: z.infer<typeof Environment>): Config["traces"] {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, "");
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base && `${base}/v1/traces`);
  if (!url) return null;
  const pairs = (env.OTEL_EXPORTER_OTLP_HEADERS ?? "").split(",").flatMap((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) return [];
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)].map((part) => part.trim());
    return [[name!, readable(value!)]];
  });
  return { url, headers: Object.fromEntries(pairs) };
}

/** Percent-encoded as in the specification; what is not is taken as it stands. */
function readable(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function isBase64(text: string): boolean {
  try {
    return Uint8Array.fromBase64(text).length >= 24;
  } catch {
    return false;
  }
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** What the gateway calls itself, before it has been told a better name: where it listens. */
export function publicUrlOf(config: Config): string {
  return config.publicUrl ??
    `http://${
      config.host.includes(":") ? `[${config.host.replace(/[[\]]/g, "")}]` : config.host
    }:${config.port}`;
}
