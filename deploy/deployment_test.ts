import assert from "node:assert/strict";
import { join, relative } from "@std/path";
import denoJson from "../deno.json" with { type: "json" };
import runtime from "./images/runtime.json" with { type: "json" };
import { manifests } from "./kubernetes/generate.ts";
import { VERSITY_GATEWAY } from "./testing/go_program.ts";
import { attempt, findValidators, keda, onPath } from "./testing/validators.ts";

/** Every file of a deployment, by the validator of its kind. What cannot be had here is skipped, and why is printed. */
const HERE = import.meta.dirname!;
const validators = await findValidators();
const systemd = await onPath("systemd-analyze");
const docker = await onPath("docker");
const caddy = await onPath("caddy");
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
    const yaml = ending(/\.yaml$/);
    assert.ok(yaml.length >= 8);
    await passes(python, ["-c", READ_YAML, join(HERE, "observability/dashboard.json"), ...yaml]);
  },
);

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
  const flags = denoJson.tasks.gateway.match(/--(?:allow|v8)-\S+/g)!;
  const image = await Deno.readTextFile(join(HERE, "images/gateway/Dockerfile"));
  const command = JSON.parse(/^CMD (\["deno".*\])$/m.exec(image)![1]!) as string[];
  assert.deepEqual(command.filter((part) => /^--(?:allow|v8)-/.test(part)), flags);
  const unit = await Deno.readTextFile(join(HERE, "services/studio-gateway.service"));
  assert.deepEqual(/^ExecStart=(.*)$/m.exec(unit)![1]!.match(/--(?:allow|v8)-\S+/g), flags);
});

Deno.test("an agent is always started by its launcher, with the launcher's permissions", async () => {
  const flags = denoJson.tasks.agent.match(/--allow-\S+/g)!;
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
