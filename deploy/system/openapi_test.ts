import assert from "node:assert/strict";
import { join } from "@std/path";
import { uuidv7 } from "../../shared/ids.ts";
import { Role } from "../../shared/roles.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { attempt, findValidators } from "../testing/validators.ts";

const found = await findValidators();
if ("missing" in found) console.warn(`Skipped, schemathesis over the OpenAPI: ${found.missing}.`);

/** Requests that schemathesis makes of each operation; more find more: `API_EXAMPLES=200`. */
const EXAMPLES = Deno.env.get("API_EXAMPLES") ?? "3";
/** A zip is nothing that it can make; the agent's package is the same each time, and large. */
const LEFT_OUT = "/(import|agent\\.tar\\.gz|enter)";

Deno.test({
  name: "schemathesis finds no 5xx and no answer outside the OpenAPI, as any role",
  ignore: "missing" in found,
  fn: async (t) => {
    assert("bin" in found);
    await using test = await openTestStudio();
    const base = await test.serve();
    const project = await test.makeProject("Salt");
    const folder = await Deno.makeTempDir({ prefix: "studio-openapi-" });
    try {
      // Else every made-up project would be a 404 and no more.
      const config = join(folder, "schemathesis.toml");
      await Deno.writeTextFile(config, `[parameters]\n"path.project" = ${JSON.stringify(project.slug)}\n`);
      for (const role of Role.options) {
        await t.step(`as ${role}`, async () => {
          const run = await attempt(join(found.bin, "schemathesis"), [
            ...["--config-file", config, "run", `${base}/openapi.json`],
            ...["--header", `Authorization: Bearer ${await tokenOf(role)}`],
            ...["--checks", "not_a_server_error,response_schema_conformance,content_type_conformance"],
            ...["--phases", "fuzzing", "--max-examples", role === "owner" ? EXAMPLES : "1", "--seed", "7"],
            ...["--exclude-path-regex", LEFT_OUT, "--generation-database", "none", "--no-color"],
            ...["--suppress-health-check", "all", "--report-dir", folder],
          ]);
          assert.ok(run.ok, run.said.slice(-6000));
          assert.match(run.said, /No issues found|passed/, run.said.slice(-2000));
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }

    async function tokenOf(role: Role): Promise<string> {
      const user = { id: uuidv7(), tenant_id: test.owner.tenant_id, name: `The ${role}`, role };
      await test.studio.db.sql`insert into users ${test.studio.db.sql(user)}`;
      const principal = { ...test.owner, user_id: user.id, name: user.name, role };
      return await test.studio.auth.createAccessToken(principal, "schemathesis", null);
    }
  },
});
