import assert from "node:assert/strict";
import { lfsKey } from "./mod.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { SESSION_POLICY_LIMIT, tenantPolicy } from "./tenant_policy.ts";

const OID = "a".repeat(64);

Deno.test("a tenant's policy covers the keys that the gateway gives it, and no other tenant's", () => {
  const [ours, theirs, project] = [uuidv7(), uuidv7(), uuidv7()];
  const policy = tenantPolicy("studio-example", ours);
  const [objects, list] = policy.Statement;
  const opens = (key: string) =>
    `arn:aws:s3:::studio-example/${key}`.startsWith(objects!.Resource.replace(/\*$/, ""));
  assert.ok(opens(lfsKey(ours, project, OID)));
  assert.ok(!opens(lfsKey(theirs, project, OID)));
  assert.ok(!opens(`tenants/${ours}x/projects/${project}`));
  assert.deepEqual(list!.Condition!.StringLike, { "s3:prefix": [`tenants/${ours}/*`] });
  assert.ok(policy.Statement.every(({ Resource }) => !/\*./.test(Resource)));
  assert.ok(JSON.stringify(policy).length < SESSION_POLICY_LIMIT);
  const inFolder = tenantPolicy("studio-example", ours, "films/of/");
  assert.equal(inFolder.Statement[0]!.Resource, `arn:aws:s3:::studio-example/films/of/tenants/${ours}/*`);
});

Deno.test("what would open more than one tenant is refused", () => {
  for (const tenant of ["*", "", "../", `${uuidv7()}*`, "ours"]) {
    assert.throws(() => tenantPolicy("studio-example", tenant), /not the id of a tenant/);
  }
  assert.throws(() => tenantPolicy("*", uuidv7()), /not the name of a bucket/);
  for (const folder of ["*", "films", "../", "films/*/", "/"]) {
    assert.throws(() => tenantPolicy("studio-example", uuidv7(), folder), /not a folder/);
  }
});
