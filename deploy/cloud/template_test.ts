import assert from "node:assert/strict";
import { join } from "@std/path";
import { parseConfig } from "../../gateway/config.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { FACTS } from "../images/facts.ts";
import { FLEETS } from "../kubernetes/generate.ts";
import { attempt, findValidators } from "../testing/validators.ts";
import cors from "./bucket-cors.json" with { type: "json" };
import { template, templateText } from "./generate.ts";
import { MACHINES } from "./template/agents.ts";
import { scaler } from "./template/scaler.ts";

const validators = await findValidators();
const missing = "missing" in validators ? validators.missing : null;
if (missing) console.warn(`Skipped, what the scaler counts: ${missing}.`);

Deno.test("the template is what its source says, and is small enough to be sent as it is", async () => {
  const path = join(import.meta.dirname!, "studio.template.yaml");
  assert.equal(await Deno.readTextFile(path), templateText(), "run deploy/cloud/generate.ts");
  assert.ok(new TextEncoder().encode(templateText()).length <= 51_200);
});

Deno.test("the template runs the images as they are, with variables that the gateway knows", () => {
  const { Resources } = template();
  const [container] = Resources.Gateway!.Properties!.ContainerDefinitions as Record<string, unknown>[];
  assert.equal(container!.User, `${FACTS.user}:${FACTS.user}`);
  assert.equal(container!.ReadonlyRootFilesystem, true);
  const given = [
    ...container!.Environment as { Name: string }[],
    ...container!.Secrets as { Name: string }[],
  ];
  const names = given.map(({ Name }) => Name).sort();
  assert.deepEqual(names, [...FACTS.env.gateway].sort());
  const config = parseConfig({
    ...{
      PUBLIC_URL: "https://studio.example",
      STUDIO_NAME: "Salt",
      S3_BUCKET: "b",
      S3_REGION: "eu-central-1",
    },
    ...{
      DATABASE_URL: "postgres://studio:x@db:5432/studio?sslmode=require",
      METRICS_TOKEN: "t",
      HOST: "0.0.0.0",
    },
  });
  assert.equal(config.s3!.bucket, "b");
  assert.equal(Resources.GatewayTargets!.Properties!.Port, FACTS.gateway.port);
  assert.equal(Resources.GatewayTargets!.Properties!.HealthCheckPath, FACTS.gateway.ready);
  const rules = JSON.stringify(Resources.Bucket!.Properties!.CorsConfiguration);
  for (const header of cors.CORSRules[0]!.AllowedHeaders) assert.ok(rules.includes(header));
  const open = Resources.Bucket!.Properties!.PublicAccessBlockConfiguration as Record<string, boolean>;
  assert.ok(Object.values(open).every(Boolean) && Object.keys(open).length === 4);
  for (const { name } of FLEETS) assert.ok(MACHINES[name]!.length > 1, name);
});

Deno.test({
  name: "the scaler counts by fleet what the gateway says waits and runs",
  ignore: missing !== null,
  fn: async () => {
    assert.ok(scaler().length <= 4096, "an inline function has no more");
    await using test = await openTestStudio();
    const project = await test.makeProject("Salt");
    await test.joinAgent();
    const node = { id: "keeper", type: "generate_image", title: "The keeper", position: { x: 0, y: 0 } };
    const graph = { nodes: [{ ...node, shot: "STILL-KEEPER", prompt: "A lighthouse keeper" }], edges: [] };
    await test.request(`/api/projects/${project.id}/canvas`, { method: "PUT", json: { graph } });
    const made = await test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "keeper", takes: 3 },
    });
    assert.equal(made.status, 202, await made.text());
    const figures = await (await test.request("/metrics", {}, "nobody")).text();
    const jobs = await test.studio.jobs.counts();
    const tier = jobs.find(({ state }) => state === "queued")!.capability.split("@")[1]!;
    const folder = await Deno.makeTempDir({ prefix: "studio-scaler-" });
    try {
      await Deno.writeTextFile(join(folder, "index.py"), scaler());
      await Deno.writeTextFile(join(folder, "figures"), figures);
      await Deno.writeTextFile(join(folder, "boto3.py"), "");
      const { python } = validators as { python: string };
      const ask = "import sys, json; sys.path.insert(0, sys.argv[1]); import index; " +
        "print(json.dumps(index.counts(open(sys.argv[1] + '/figures').read())))";
      const { ok, said } = await attempt(python, ["-c", ask, folder]);
      assert.ok(ok, said);
      const found = JSON.parse(said);
      assert.deepEqual(Object.keys(found), FLEETS.map(({ name }) => name));
      for (const { name } of FLEETS) {
        assert.deepEqual(found[name], { queued: name === tier ? 3 : 0, leased: 0 }, name);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
