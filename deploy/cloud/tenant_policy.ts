// Not by the door: printing a policy needs no permission, and the rest of the room asks for some when it is loaded.
import { tenantPolicy } from "../../gateway/objects/tenant_policy.ts";

/**
 * `deno task tenant-policy <bucket> <tenant id> [folder/]` prints the IAM policy that opens one tenant's objects and nothing else. Of a
 * studio that has a bucket of its own, `deno task studio policy` knows the bucket.
 */
if (import.meta.main) {
  try {
    const [bucket, tenant, folder, ...rest] = Deno.args;
    if (!bucket || !tenant || rest.length) throw new Error("Give a bucket and the id of a tenant.");
    console.log(JSON.stringify(tenantPolicy(bucket, tenant, folder), null, 2));
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(2);
  }
}
