import { join } from "@std/path";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Config } from "../config.ts";
import type { Place } from "./place.ts";
import type { S3Keys, S3Options } from "./s3.ts";
import { tenantPolicy } from "./tenant_policy.ts";
import { outside } from "../outside.ts";

/** Seconds that a role's session lasts: Amazon's most for a role that was assumed from a role's session, as a gateway's own is. */
const SESSION_S = 3600;
/** A session is renewed when less than this is left, so that every signed URL works for so long. */
const LINK_S = 1800;
/** What the SDK itself takes off an expiry before it asks again. */
const SDK_MARGIN_S = 300;
/** Mounted secrets are read again after this, so that they can be changed without a restart. */
const REREAD_S = 600;

/**
 * The keys of a place, from where it says they are. They are looked for when they are first used, and what is missing is said then.
 */
export function keysOf(
  { bucket, prefix, region, credentials }: Place,
  tenantId: string,
  config: Pick<Config, "storeKeys" | "storeSecrets">,
): Pick<S3Options, "credentials" | "longestLinkS"> {
  switch (credentials.from) {
    case "gateway":
      return {};
    case "env": {
      const { name } = credentials;
      return {
        credentials: () => {
          const keys = config.storeKeys.get(name);
          if (keys) return Promise.resolve(keys);
          const variable = `STORE_${name.replaceAll("-", "_").toUpperCase()}`;
          throw missing(`${variable}_ACCESS_KEY_ID and ${variable}_SECRET_ACCESS_KEY are not set here`);
        },
      };
    }
    case "file":
      return { credentials: () => mounted(config.storeSecrets, credentials.name) };
    case "role": {
      const policy = JSON.stringify(tenantPolicy(bucket, tenantId, prefix));
      return { credentials: () => assumed(credentials, region, tenantId, policy), longestLinkS: LINK_S };
    }
  }
}

async function mounted(folder: string | null, name: string): Promise<S3Keys & { expiration: Date }> {
  if (!folder) throw missing("STORE_SECRETS, the folder with its keys, is not set here");
  const read = async (file: string) => {
    const path = join(folder, name, file);
    const text = await Deno.readTextFile(path).catch((cause) => {
      throw missing(`${path} cannot be read`, cause);
    });
    return text.trim();
  };
  return {
    accessKeyId: await read("access_key_id"),
    secretAccessKey: await read("secret_access_key"),
    expiration: new Date(Date.now() + (REREAD_S + SDK_MARGIN_S) * 1000),
  };
}

async function assumed(
  { arn, external_id }: { arn: string; external_id: string | null },
  region: string,
  tenantId: string,
  policy: string,
): Promise<S3Keys & { expiration: Date }> {
  // Loaded where a place asks for a role, as the client of S3 is where there is a bucket.
  const { AssumeRoleCommand, STSClient } = await outside(() => import("@aws-sdk/client-sts"));
  const client = new STSClient({ region });
  try {
    const { Credentials: given } = await client.send(
      new AssumeRoleCommand({
        RoleArn: arn,
        RoleSessionName: `studio-${tenantId}`,
        Policy: policy,
        DurationSeconds: SESSION_S,
        ...(external_id ? { ExternalId: external_id } : {}),
      }),
    );
    if (!given?.AccessKeyId || !given.SecretAccessKey) throw new Error("STS answered without keys");
    const ends = given.Expiration?.getTime() ?? Date.now() + SESSION_S * 1000;
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      sessionToken: given.SessionToken,
      expiration: new Date(ends - (LINK_S - SDK_MARGIN_S) * 1000),
    };
  } catch (cause) {
    throw missing(`the role ${arn} cannot be assumed (${(cause as Error).name})`, cause);
  } finally {
    client.destroy();
  }
}

function missing(why: string, cause?: unknown): ProblemError {
  return new ProblemError(
    "unavailable",
    `The studio's store cannot be opened: ${why}. Tell whoever runs it.`,
    {
      cause,
    },
  );
}
