import assert from "node:assert/strict";
import { join, relative } from "@std/path";
import { userData } from "./cloud/template/machine.ts";
import denoJson from "../deno.json" with { type: "json" };
import runtime from "./images/runtime.json" with { type: "json" };
import { FACTS } from "./images/facts.ts";
import { FLEETS, manifests } from "./kubernetes/generate.ts";
import { TIER_ORDER } from "../shared/tiers.ts";
import { VERSITY_GATEWAY } from "./testing/go_program.ts";
import { attempt, findValidators, keda, onPath } from "./testing/validators.ts";

/** Every file of a deployment, by the validator of its kind. What cannot be had here is skipped, and why is printed. */
const HERE = import.meta.dirname!;
const validators = await findValidators();
const systemd = await onPath("systemd-analyze");
const docker = await onPath("docker");
const caddy = await onPath("caddy");
const promtool = await onPath("promtool");
const scaling = await keda(join(HERE, "kubernetes/scaling.yaml"));

const files = await allFiles(HERE);
const ending = (pattern: RegExp) => files.filter((path) => pattern.test(path));

check("hadolint finds nothing in the Dockerfiles", validators, async ({ bin }) => {
  const found = ending(/\/Dockerfile$/);
  assert.equal(found.length, 3);
  await passes(join(bin, "hadolint"), ["--failure-threshold", "style", ...found]);
});

check("the compose file is one", validators, async ({ bin }) => {
  const schema = ["--builtin-schema", "vendor.compose-spec"];
  await passes(join(bin, "check-jsonschema"), [...schema, join(HERE, "compose/compose.yaml")]);
});

check("Kubernetes would take its manifests", validators, async ({ bin }) => {
  // KEDA's own kind is below; kustomize's file has no schema to be had.
  const found = ending(/\/kubernetes\/(?!scaling|kustomization)\w+\.yaml$/);
  assert.equal(found.length, 4);
  await passes(join(bin, "kubernetes-validate"), ["--strict", "--kubernetes-version", "1.32", ...found]);
});

check(
  "Prometheus would take the alerts; all YAML is YAML; all queries are PromQL",
  validators,
  async ({ python }) => {
    // The template has tags of its own, and a validator.
    const yaml = ending(/(?<!\.template)\.yaml$/);
    assert.ok(yaml.length >= 8);
    await passes(python, ["-c", READ_YAML, join(HERE, "observability/dashboard.json"), ...yaml]);
  },
);

check("promtool takes the alerts", toolOr(promtool, "promtool"), async (tool) => {
  await passes(tool, ["check", "rules", join(HERE, "observability/alerts.yaml")]);
  await passes(tool, ["check", "config", "--syntax-only", join(HERE, "observability/prometheus.yaml")]);
});

check("CloudFormation would take the template", validators, async ({ bin }) => {
  await passes(join(bin, "cfn-lint"), [join(HERE, "cloud/studio.template.yaml")]);
});

check("launchd's plist and the Windows task are well-formed", validators, async ({ python }) => {
  await passes(python, ["-c", READ_XML, ...ending(/\.(plist|xml)$/)]);
});

check("systemd would start the services, hardened", toolOr(systemd, "systemd-analyze"), async (tool) => {
  const folder = await Deno.makeTempDir({ prefix: "studio-units-" });
  try {
    for (const path of ending(/\.service$/)) {
      // It looks whether the program is there; the files name where an installer puts it.
      const unit = join(folder, path.slice(path.lastIndexOf("/") + 1));
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(unit, text.replace("/usr/local/bin/deno", Deno.execPath()));
      // It exits with 0 over a setting that it does not know, but says so. What it says of other units is not ours.
      const { said } = await attempt(tool, ["verify", "--man=no", unit]);
      assert.deepEqual(said.split("\n").filter((line) => line.includes(unit)), []);
      await passes(tool, ["security", "--offline=true", "--threshold=25", unit]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

check("shellcheck finds nothing in the scripts", validators, async ({ bin }) => {
  await passes(join(bin, "shellcheck"), ending(/\.sh$/));
  // What Amazon's machines begin with, after CloudFormation has filled it in.
  const script = await Deno.makeTempFile({ suffix: ".sh" });
  for (const fleet of FLEETS) {
    await Deno.writeTextFile(script, userData(fleet).replace(/\$\{([A-Za-z:]+)\}/g, "filled-in"));
    await passes(join(bin, "shellcheck"), [script]);
  }
  await Deno.remove(script);
});

check("KEDA would take its objects", scaling ?? "", (fault) => {
  assert.equal(fault, "");
  return Promise.resolve();
});

check("Caddy takes its file", toolOr(caddy, "caddy"), async (tool) => {
  await passes(tool, ["validate", "--adapter", "caddyfile", "--config", join(HERE, "compose/Caddyfile")]);
});

check(
  "compose resolves with the example's variables filled in",
  docker && (await attempt(docker, ["compose", "version"])).ok
    ? docker
    : { missing: "`docker compose` is not on the PATH" },
  async (tool) => {
    const example = await Deno.readTextFile(join(HERE, "compose/.env.example"));
    const env = await Deno.makeTempFile();
    await Deno.writeTextFile(env, example.replace(/^(\w+)=$/gm, "$1=x"));
    const from = ["--env-file", env, "--file", join(HERE, "compose/compose.yaml"), "--profile", "*"];
    await passes(tool, ["compose", ...from, "config", "--quiet"]);
    await Deno.remove(env);
  },
);

Deno.test("every variable of the compose file is in its example", async () => {
  const compose = await Deno.readTextFile(join(HERE, "compose/compose.yaml"));
  const example = await Deno.readTextFile(join(HERE, "compose/.env.example"));
  const asked = [...compose.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
  const given = [...example.matchAll(/^(\w+)=/gm)].map(([, name]) => name!);
  assert.deepEqual([...new Set(asked)].sort(), given.sort());
});

Deno.test("the gateway has the same permissions and memory in its image, as a service and as a task", async () => {
  const flags = denoJson.tasks.gateway.command.match(/--(?:allow|v8)-\S+/g)!;
  const image = await Deno.readTextFile(join(HERE, "images/gateway/Dockerfile"));
  const command = JSON.parse(/^CMD (\["deno".*\])$/m.exec(image)![1]!) as string[];
  assert.deepEqual(command.filter((part) => /^--(?:allow|v8)-/.test(part)), flags);
  const unit = await Deno.readTextFile(join(HERE, "services/studio-gateway.service"));
  assert.deepEqual(/^ExecStart=(.*)$/m.exec(unit)![1]!.match(/--(?:allow|v8)-\S+/g), flags);
});

Deno.test("an agent is always started by its launcher, with the launcher's permissions", async () => {
  const flags = denoJson.tasks.agent.command.match(/--allow-\S+/g)!;
  const starts = ["images/agent/enter.sh", "services/studio-agent.service", "services/studio-agent.xml"];
  for (const name of starts) {
    const text = await Deno.readTextFile(join(HERE, name));
    const lines = text.split("\n").filter((line) => /--allow-.*agent\/launch\.ts/.test(line));
    assert.ok(lines.length > 0, name);
    for (const line of lines) assert.deepEqual(line.match(/--allow-[a-z]+/g), flags, `${name}: ${line}`);
  }
});

Deno.test("images run nobody as root and pin what they are made from", async () => {
  const wanted = `denoland/deno:bin-${await denoVersion()}`;
  for (const path of ending(/\/Dockerfile$/)) {
    const text = await Deno.readTextFile(path);
    const name = relative(HERE, path);
    assert.equal(text.match(/^USER .*$/gm)?.at(-1), "USER 10001:10001", name);
    assert.match(text, /^HEALTHCHECK /m, name);
    const froms = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image!);
    assert.ok(froms.includes(wanted), `${name} has not Deno ${wanted}, as .ci/run`);
    for (const image of froms) assert.match(image, /:[a-z-]*\d+\.\d+/, `${name}: ${image}`);
  }
  assert.deepEqual(runtime.unstable, denoJson.unstable);
  const compose = await Deno.readTextFile(join(HERE, "compose/compose.yaml"));
  assert.ok(compose.includes(`versity/versitygw:${VERSITY_GATEWAY.module.split("@")[1]}`));
});

Deno.test("what the images promise is what everything that runs them counts on", async () => {
  const { gateway, agent, user, names } = FACTS;
  const read = (path: string) => Deno.readTextFile(join(HERE, path));
  const image = await read("images/gateway/Dockerfile");
  for (
    const wanted of [
      `EXPOSE ${gateway.port}`,
      `PORT=${gateway.port}`,
      `VOLUME ${gateway.data}`,
      gateway.ready,
    ]
  ) {
    assert.ok(image.includes(wanted), wanted);
  }
  for (const path of ["images/agent/Dockerfile", "images/agent-cuda/Dockerfile"]) {
    assert.ok((await read(path)).includes(`VOLUME ${agent.data}`), path);
  }
  assert.ok((await read("images/agent-cuda/models.yaml")).includes(agent.models));
  const kubernetes = await read("kubernetes/gateway.yaml");
  for (
    const wanted of [
      ...[`containerPort: ${gateway.port}`, `path: ${gateway.ready}`, `path: ${gateway.alive}`],
      ...[`runAsUser: ${user}`, `mountPath: ${gateway.data}`, `image: ${names.gateway}`],
      `terminationGracePeriodSeconds: ${gateway.stopS}`,
    ]
  ) assert.ok(kubernetes.includes(wanted), wanted);
  const compose = await read("compose/compose.yaml");
  for (const name of Object.values(names)) assert.match(compose, new RegExp(`image: ${name}$`, "m"));
  assert.match(compose, new RegExp(`repositories:${gateway.data}`));
  const enter = await read("images/agent/enter.sh");
  for (const name of FACTS.env.agent) assert.ok(enter.includes(name), name);
  // One fleet a tier, with its budget and its scaling, and one that cuts.
  const { "agents.yaml": agents, "scaling.yaml": scaling } = manifests();
  assert.deepEqual(FLEETS.map(({ name }) => name), [...TIER_ORDER, "cut"]);
  for (const { name } of FLEETS) {
    assert.match(agents!, new RegExp(`kind: PodDisruptionBudget\\nmetadata:\\n  name: agent-${name}\\n`));
    assert.match(scaling!, new RegExp(`kind: ScaledObject\\nmetadata:\\n  name: agent-${name}\\n`));
  }
});

Deno.test("an agent's image has the packages that the agent is made of, and no others", async () => {
  const entries = ["agent/main.ts", "agent/launch.ts"].map((path) => join(HERE, "..", path));
  const found = new Set<string>();
  for (const entry of entries) {
    const { ok, said } = await attempt(Deno.execPath(), ["info", "--json", entry]);
    assert.ok(ok, said);
    const { modules } = JSON.parse(said.slice(said.indexOf("{"))) as { modules: { specifier: string }[] };
    for (const { specifier } of modules) {
      const name = /node_modules\/\.deno\/[^/]+\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(specifier)?.[1] ??
        /^npm:\/?((?:@[^/@]+\/)?[^@/]+)/.exec(specifier)?.[1];
      // Types are for those who check, not for what runs.
      if (name && !name.startsWith("@types/")) found.add(name);
    }
  }
  for (const path of ["images/agent/Dockerfile", "images/agent-cuda/Dockerfile"]) {
    const kept = /for package in ([^;]+);/.exec(await Deno.readTextFile(join(HERE, path)))![1]!.split(" ");
    assert.deepEqual(kept.sort(), [...found].sort(), path);
  }
});

Deno.test("generated manifests are what their source says", async () => {
  for (const [name, text] of Object.entries(manifests())) {
    const path = join(HERE, "kubernetes", name);
    assert.equal(await Deno.readTextFile(path), text, "run deploy/kubernetes/generate.ts");
  }
});

function toolOr(path: string | null, name: string): string | { missing: string } {
  return path ?? { missing: `\`${name}\` is not on the PATH` };
}

/** A test that needs a program; skipped with the reason where it is missing. */
function check<T>(name: string, tool: T | { missing: string }, fn: (tool: T) => Promise<void>): void {
  const missing = typeof tool === "object" && tool !== null && "missing" in tool ? tool.missing : null;
  if (missing !== null) console.warn(`Skipped, ${name}: ${missing}.`);
  Deno.test({ name, ignore: missing !== null, fn: () => fn(tool as T) });
}

async function passes(program: string, args: string[]): Promise<void> {
  const { ok, said } = await attempt(program, args);
  assert.ok(ok, said);
}

/** The Deno that everybody runs: the one of .ci/run. */
async function denoVersion(): Promise<string> {
  return /deno@(\S+)/.exec(await Deno.readTextFile(join(HERE, "..", ".ci", "run")))![1]!;
}

async function allFiles(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) paths.push(...await allFiles(path));
    else paths.push(path);
  }
  return paths.sort();
}

const READ_YAML = `
import json, sys, yaml, promql_parser
queries = [t["expr"] for p in json.load(open(sys.argv[1]))["panels"] for t in p["targets"]]
alerts = 0
for path in sys.argv[2:]:
    for document in yaml.safe_load_all(open(path)):
        if document is None: continue
        if document.get("kind") == "ScaledObject":
            queries += [t["metadata"]["query"] for t in document["spec"]["triggers"]]
        for group in document.get("groups", []):
            assert set(group) == {"name", "rules"}, group
            for rule in group["rules"]:
                assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}, rule
                assert set(rule["annotations"]) == {"summary", "description"}, rule
                queries.append(rule["expr"])
                alerts += 1
assert alerts > 0
for query in queries:
    try:
        promql_parser.parse(query)
    except Exception as error:
        sys.exit(f"{query}\\n{error}")
`;

const READ_XML = `
import plistlib, sys, xml.etree.ElementTree as tree
for path in sys.argv[1:]:
    if path.endswith(".plist"):
        job = plistlib.load(open(path, "rb"))
        assert job["Label"] + ".plist" == path.replace("\\\\", "/").split("/")[-1], job["Label"]
        assert all(isinstance(part, str) for part in job["ProgramArguments"])
    else:
        task = tree.parse(path).getroot()
        space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
        assert task.tag == space + "Task", task.tag
        order = [child.tag.removeprefix(space) for child in task]
        assert order == ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"], order
`;
