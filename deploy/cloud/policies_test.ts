import assert from "node:assert/strict";
import { lfsKey, tenantPolicy } from "../../gateway/objects/mod.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { template } from "./generate.ts";
import { type Question, simulate } from "./simulate.ts";

const BUCKET = "arn:aws:s3:::studio-example";
const FILES = "arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-1";
const resources = template().Resources;
const [salt, pepper, project] = [uuidv7(), uuidv7(), uuidv7()];
const key = (tenant: string) => `${BUCKET}/${lfsKey(tenant, project, "a".repeat(64))}`;

/** The policies that a role of the template has, in it and beside it, with names in place of what CloudFormation would fill in. */
function policiesOf(role: string): unknown[] {
  const inside = resources[role]!.Properties!.Policies as { PolicyDocument: unknown }[] | undefined ?? [];
  const beside = Object.values(resources).filter(({ Type, Properties }) =>
    Type === "AWS::IAM::Policy" && JSON.stringify(Properties!.Roles).includes(`"${role}"`)
  );
  return filled([
    ...inside.map((each) => each.PolicyDocument),
    ...beside.map((each) => each.Properties!.PolicyDocument),
  ]) as unknown[];
}

function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  if (value === null || typeof value !== "object") return value;
  const { Ref, "Fn::GetAtt": att, "Fn::Sub": text } = value as Record<string, unknown>;
  if (typeof Ref === "string") return `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${Ref}`;
  if (Array.isArray(att)) {
    if (att[0] === "Bucket") return BUCKET;
    return att[0] === "Files" ? FILES : arnOf(att[0]);
  }
  if (typeof text === "string") {
    return text.replaceAll("${Bucket.Arn}", BUCKET).replaceAll("${AWS::Partition}", "aws")
      .replaceAll("${AWS::AccountId}", "123456789012").replaceAll("${AWS::Region}", "eu-central-1");
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each)]));
}

function arnOf(name: string): string {
  return `arn:aws:iam::123456789012:role/${name}`;
}

const session = (action: string, resource: string, context?: Question["context"]): Question => ({
  name: `a session of Salt's: ${action} ${resource} ${JSON.stringify(context ?? "")}`,
  identity: policiesOf("TenantRole"),
  session: tenantPolicy("studio-example", salt),
  ...{ action, resource, context },
});
const as = (role: string, action: string, resource: string): Question => ({
  name: `${role}: ${action} ${resource}`,
  identity: policiesOf(role),
  ...{ action, resource },
});
const files = (action: string, point: string): Question => ({
  ...as("AgentRole", `elasticfilesystem:${action}`, FILES),
  name: `AgentRole: ${action} by ${point}`,
  context: { "elasticfilesystem:AccessPointArn": arnOf(point) },
});
const list = (prefix: string) => session("s3:ListBucket", BUCKET, { "s3:prefix": prefix });
const bucketPolicy = filled(resources.BucketPolicy!.Properties!.PolicyDocument);

const MAY: Question[] = [
  ...["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"].map((action) =>
    session(action, key(salt))
  ),
  list(`tenants/${salt}/`),
  list(`tenants/${salt}/projects/`),
  as("GatewayRole", "s3:PutObject", key(pepper)),
  as("GatewayRole", "s3:ListBucket", BUCKET),
  as("GatewayRole", "sts:AssumeRole", arnOf("TenantRole")),
  as("GatewayRole", "sts:AssumeRole", "arn:aws:iam::210987654321:role/studio-store-pepper"),
  as(
    "AgentRole",
    "secretsmanager:GetSecretValue",
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:JoinCode",
  ),
  files("ClientMount", "AgentFiles"),
  files("ClientWrite", "AgentFiles"),
  files("ClientMount", "ModelFiles"),
  { ...as("GatewayRole", "s3:GetObject", key(salt)), name: "by TLS", resourcePolicy: bucketPolicy },
];
const MAY_NOT: Question[] = [
  ...["s3:GetObject", "s3:PutObject", "s3:DeleteObject"].map((action) => session(action, key(pepper))),
  session("s3:GetObject", `${BUCKET}/tenants/${salt}x/secret`),
  session("s3:GetObject", `${BUCKET}/elsewhere`),
  list(""),
  list("tenants/"),
  list(`tenants/${pepper}/`),
  as("GatewayRole", "s3:GetObject", `${BUCKET}/elsewhere`),
  as("GatewayRole", "s3:DeleteBucket", BUCKET),
  as("GatewayRole", "s3:PutBucketPolicy", BUCKET),
  as("GatewayRole", "sts:AssumeRole", "arn:aws:iam::123456789012:role/Admin"),
  as(
    "GatewayRole",
    "secretsmanager:GetSecretValue",
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:DatabaseUrl",
  ),
  as("AgentRole", "s3:GetObject", key(salt)),
  as(
    "AgentRole",
    "secretsmanager:GetSecretValue",
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:DatabaseUrl",
  ),
  files("ClientWrite", "ModelFiles"),
  files("ClientMount", "Repositories"),
  as("AgentRole", "sts:AssumeRole", arnOf("TenantRole")),
  as("ScalerRole", "s3:GetObject", key(salt)),
  {
    ...as("GatewayRole", "s3:GetObject", key(salt)),
    name: "in the clear",
    resourcePolicy: bucketPolicy,
    context: { "aws:SecureTransport": "false" },
  },
];

const answers = await simulate([...MAY, ...MAY_NOT]);
const missing = "missing" in answers ? String(answers.missing) : null;
if (missing) console.warn(`Skipped, IAM's decisions: ${missing}.`);

Deno.test({
  name: "IAM lets each role do its work and nothing else, and one studio's session nothing of another's",
  ignore: missing !== null,
  fn: () => {
    const said = answers as Map<string, string>;
    assert.equal(said.size, MAY.length + MAY_NOT.length);
    for (const { name } of MAY) assert.equal(said.get(name), "Allowed", name);
    for (const { name } of MAY_NOT) assert.match(said.get(name)!, /Denied$/, name);
  },
});
