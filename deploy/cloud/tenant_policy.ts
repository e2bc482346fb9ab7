/**
 * `deno task tenant-policy <bucket> <tenant id>` prints the IAM policy that opens one tenant's objects and nothing else: for a role of its
 * own, or as the session policy of an STS AssumeRole, which narrows the gateway's role for as long as the session lasts.
 */

export interface Policy {
  Version: "2012-10-17";
  Statement: {
    Sid: string;
    Effect: "Allow";
    Action: string[];
    Resource: string;
    Condition?: Record<string, Record<string, string[]>>;
  }[];
}

/** Characters that STS accepts as an inline session policy. */
export const SESSION_POLICY_LIMIT = 2048;

/** Throws a sentence for what is no bucket or no tenant: a `*` in either would open more than was meant. */
export function tenantPolicy(bucket: string, tenantId: string): Policy {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new Error(`"${bucket}" is not the name of a bucket.`);
  }
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tenantId)) {
    throw new Error(`"${tenantId}" is not the id of a tenant: select id, slug from tenants.`);
  }
  const prefix = `tenants/${tenantId}/`;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "ItsObjects",
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: `arn:aws:s3:::${bucket}/${prefix}*`,
      },
      {
        Sid: "ItsList",
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringLike: { "s3:prefix": [`${prefix}*`] } },
      },
    ],
  };
}

if (import.meta.main) {
  try {
    const [bucket, tenant, ...rest] = Deno.args;
    if (!bucket || !tenant || rest.length) throw new Error("Give a bucket and the id of a tenant.");
    console.log(JSON.stringify(tenantPolicy(bucket, tenant), null, 2));
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(2);
  }
}
