import {
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { type ObjectStore, type Place } from "../../gateway/objects/mod.ts";

/** Whether a browser at the studio's address may fetch and send files there; else what to do, as a sentence. Nothing is stored. */
export async function corsFault(
  store: ObjectStore,
  tenantId: string,
  publicUrl: string,
): Promise<string | null> {
  const href = await store.signedGet(`tenants/${tenantId}/selftest/cors`, { expiresS: 60 });
  const { origin } = new URL(publicUrl);
  for (const method of ["GET", "PUT"]) {
    const answer = await fetch(href, {
      method: "OPTIONS",
      headers: {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": method === "PUT" ? "content-type,x-amz-checksum-sha256" : "range",
      },
      signal: AbortSignal.timeout(10_000),
    }).catch(() => null);
    await answer?.body?.cancel();
    const allowed = answer?.headers.get("access-control-allow-origin");
    if (!answer?.ok || (allowed !== origin && allowed !== "*")) {
      return `Browsers at ${origin} may not ${method} there: set CORS as in deploy/cloud/bucket-cors.json, or give --configure.`;
    }
  }
  return null;
}

/**
 * Gives a bucket the rules of deploy/cloud: CORS for the studio's own address, and what goes by itself. With the keys of the place, which
 * must be allowed to. What could not be set, as sentences.
 */
export async function configureBucket(
  place: Place,
  publicUrl: string,
  credentials: S3ClientConfig["credentials"],
): Promise<string[]> {
  const rules = async (name: string) =>
    JSON.parse(await Deno.readTextFile(new URL(`../cloud/${name}`, import.meta.url)));
  const client = new S3Client({
    region: place.region,
    ...(place.endpoint ? { endpoint: place.endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
  });
  const faults: string[] = [];
  const attempt = async (what: string, deed: () => Promise<unknown>) => {
    await deed().catch((error) => faults.push(`${what} could not be set (${(error as Error).name}).`));
  };
  const cors = await rules("bucket-cors.json");
  cors.CORSRules[0].AllowedOrigins = [new URL(publicUrl).origin];
  const lifecycle = await rules("bucket-lifecycle.json");
  for (const { Filter } of lifecycle.Rules) Filter.Prefix = place.prefix + Filter.Prefix;
  const Bucket = place.bucket;
  await attempt("CORS", () => client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: cors })));
  await attempt(
    "The lifecycle",
    () =>
      client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: lifecycle })),
  );
  client.destroy();
  return faults;
}
