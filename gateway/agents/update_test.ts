import assert from "node:assert/strict";
import { dirname, join } from "@std/path";
import { openTestStudio } from "../testing/studio.ts";
import { agentPackage } from "./package.ts";
import { queueStill, until } from "./testing.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

/** Another version of the agent: this one's files, with `change` made to one of them. */
async function versionIn(folder: string, path: string, change: (text: string) => string): Promise<string> {
  for (const name of ["agent", "shared", "deno.json", "import_map.json", "deno.lock"]) {
    await copy(join(ROOT, name), join(folder, name));
  }
  const file = join(folder, path);
  await Deno.writeTextFile(file, change(await Deno.readTextFile(file)));
  return folder;
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    if (name !== "testing" && !name.endsWith("_test.ts")) await copy(join(from, name), join(to, name));
  }
}

Deno.test({
  name:
    "an agent follows its gateway's version between jobs, and stays with its own when that one does not start",
  ignore: Deno.build.os === "windows",
  async fn(t) {
    await using test = await openTestStudio({ env: { HEARTBEAT_SECONDS: "0.5" } });
    await test.serve();
    await using folder = await tempDir();
    const project = await test.makeProject();
    const [data, home] = [join(folder.path, "data"), join(folder.path, "home")];
    await Deno.mkdir(home);
    const env = {
      AGENT_DATA: data,
      NO_COLOR: "1",
      PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`,
    };
    const options = { cwd: home, env, stdin: "null", stdout: "piped", stderr: "piped" } as const;
    const shell = (command: string) => new Deno.Command("sh", { args: ["-c", command], ...options });
    const { command } = await (await test.request("/api/agents/join-codes", { method: "POST", json: {} }))
      .json();
    // As it is printed, up to the joining: the owner says first what they think of new versions.
    const joined = await shell(
      command.replace("mkdir -p studio-agent && cd studio-agent && ", "").split(" && sh agent.sh run")[0],
    ).output();
    assert.ok(joined.success, new TextDecoder().decode(joined.stderr));
    await Deno.writeTextFile(join(data, "policy.json"), JSON.stringify({ updates: "auto" }));

    const agent = new Deno.Command("sh", { args: ["agent.sh", "run"], ...options }).spawn();
    const output = agent.output();
    let over = false;
    void output.then(() => over = true);
    const seen = async () => {
      if (over) return { id: "", agent_version: "ended" };
      const { items } = await (await test.request("/api/agents")).json();
      return items.find((each: { state: string }) => each.state === "online") as {
        id: string;
        agent_version: string;
      } | undefined;
    };
    const version = (wanted: string) =>
      until(`version ${wanted}`, async () => {
        const agent = await seen();
        return agent?.agent_version === wanted || agent?.agent_version === "ended" ? agent : null;
      }, 120_000);
    const done = async (id: string) =>
      await until("the take", async () => {
        const job = await (await test.request(`/api/jobs/${id}`)).json();
        return job.state === "succeeded" || job.state === "failed" ? job : null;
      }, 120_000);
    const record = async () => JSON.parse(await Deno.readTextFile(join(home, "versions", "record.json")));
    try {
      await t.step(
        "a new version is taken once what runs is done, and no work is lost between them",
        async () => {
          assert.equal((await version("0.1.0")).agent_version, "0.1.0");
          const job = await queueStill(test, project);
          test.studio.config.agentSource = await versionIn(
            join(folder.path, "second"),
            "agent/version.ts",
            (text) => text.replace("0.1.0", "0.2.0"),
          );
          assert.equal((await version("0.2.0")).agent_version, "0.2.0");
          const first = await done(job.id);
          assert.deepEqual([first.state, first.attempt], ["succeeded", 1], JSON.stringify(first));
          const second = await done((await queueStill(test, project)).id);
          assert.deepEqual([second.state, second.attempt], ["succeeded", 1], JSON.stringify(second));
          const { digest } = await agentPackage(test.studio.config.agentSource);
          await until("it is written down", async () => (await record()).current === digest, 20_000);
        },
      );

      await t.step("one that does not start is put aside for good, and the one before goes on", async () => {
        const good = await record();
        test.studio.config.agentSource = await versionIn(
          join(folder.path, "third"),
          "agent/main.ts",
          () => `throw new Error("this version is broken");\n`,
        );
        const { digest } = await agentPackage(test.studio.config.agentSource);
        await until(
          "it was tried",
          async () => (await record()).tries[digest]?.sentence.includes("exit code"),
          120_000,
        );
        assert.equal((await version("0.2.0")).agent_version, "0.2.0");
        const job = await done((await queueStill(test, project)).id);
        assert.equal(job.state, "succeeded", JSON.stringify(job.error));
        const offer = await until("its owner is told", async () => {
          const text = await Deno.readTextFile(join(data, "update", "offer.json")).catch(() => "{}");
          return /did not start here/.test(text) ? JSON.parse(text) : null;
        }, 60_000);
        assert.equal(offer.offered, digest);
        const after = await record();
        assert.deepEqual([after.current, after.changes, after.tries[digest].count], [
          good.current,
          good.changes,
          2,
        ]);
      });
    } finally {
      const { items } = await (await test.request("/api/agents")).json();
      for (const { id } of items) await test.request(`/api/agents/${id}`, { method: "DELETE" });
      const { stdout, stderr } = await output;
      const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assert.match(text, /Begins with the gateway's version of the agent/, text);
      assert.match(text, /did not start here: It ended at its start \(exit code 1\)/, text);
      assert.equal(
        text.match(/Begins with the gateway's version of the agent/g)!.length,
        2,
        "each was tried once",
      );
    }
  },
});

async function tempDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "agent-update-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
