/** What IAM and STS read. */
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

/**
 * The policy that opens one tenant's objects in a bucket and nothing else: for a role of its own, or as the session policy of an STS
 * AssumeRole, which narrows a role for as long as the session lasts.
 *
 * Throws a sentence for what is no bucket, tenant or prefix: a `*` in any would open more than was meant.
 */
export function tenantPolicy(bucket: string, tenantId: string, folder = ""): Policy {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new Error(`"${bucket}" is not the name of a bucket.`);
  }
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tenantId)) {
    throw new Error(`"${tenantId}" is not the id of a tenant: select id, slug from tenants.`);
  }
  if (!/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/.test(folder)) {
    throw new Error(`"${folder}" is not a folder of a bucket: it ends in a slash.`);
  }
  const prefix = `${folder}tenants/${tenantId}/`;
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
        Action: ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringLike: { "s3:prefix": [`${prefix}*`] } },
      },
    ],
  };
}
