import assert from "node:assert/strict";
import { dirname, join } from "@std/path";
import { openTestStudio } from "../testing/studio.ts";
import { joinCommands } from "./commands.ts";
import { tar } from "./tar.ts";
import { queueStill, until } from "./testing.ts";

async function tempDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "agent-package-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function run(program: string, args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("the agent, served by its gateway", async (t) => {
  await using test = await openTestStudio();
  const url = await test.serve();

  await t.step("is what runs and nothing else, for anybody, and is not sent twice", async () => {
    await using folder = await tempDir();
    const answer = await fetch(`${url}/agent.tar.gz`);
    assert.equal(answer.status, 200);
    await Deno.writeFile(join(folder.path, "agent.tar.gz"), new Uint8Array(await answer.arrayBuffer()));
    const names = (await run("tar", ["tzf", "agent.tar.gz"], folder.path)).trim().split("\n");
    assert.equal(new Set(names).size, names.length, "no file is there twice");
    for (
      const name of [
        "agent.sh",
        "agent.cmd",
        "agent/launch.ts",
        "shared/ids.ts",
        "agent/runners/flux-image/runner.json",
        "agent/page/page.js",
        "agent/page/index.html",
        "agent/models/main.ts",
        "agent/update/main.ts",
        "version.json",
        "agent/containers/flexiact/Dockerfile",
        "agent/containers/flexiact/adapter/server.py",
      ]
    ) {
      assert.ok(names.includes(name), name);
    }
    assert.deepEqual(
      names.filter((name) => /_test\.ts$|\/testing\/|^(?:gateway|ui|deploy)\//.test(name)),
      [],
    );
    await run("tar", ["xzf", "agent.tar.gz"], folder.path);
    const { npm } = JSON.parse(await Deno.readTextFile(join(folder.path, "deno.lock")));
    assert.deepEqual(Object.keys(npm).map((key) => key.split("@")[0]).toSorted(), ["fflate", "ws", "zod"]);
    const etag = answer.headers.get("etag")!;
    const again = await fetch(`${url}/agent.tar.gz`, { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304);
    await again.body?.cancel();
  });

  await t.step({
    name: "the printed command, pasted into an empty folder, joins and makes a take",
    ignore: Deno.build.os === "windows",
    async fn() {
      await using folder = await tempDir();
      const project = await test.makeProject();
      const { command } = await (await test.request("/api/agents/join-codes", { method: "POST", json: {} }))
        .json();
      const env = {
        AGENT_DATA: join(folder.path, "data"),
        NO_COLOR: "1",
        // The Deno that runs this test, under the name that people have it by.
        PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`,
      };
      const pasted = new Deno.Command("sh", {
        args: ["-c", command],
        cwd: folder.path,
        env,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const output = pasted.output();
      let ended = false;
      output.then(() => ended = true);
      try {
        const agent = await until("the agent is online", async () => {
          if (ended) return { id: null };
          const { items } = await (await test.request("/api/agents")).json();
          return items.find((each: { state: string }) => each.state === "online");
        }, 90_000);
        if (!agent.id) assert.fail(`the command has ended: ${await words(output)}`);
        const job = await queueStill(test, project);
        const done = await until("the take", async () => {
          const seen = await (await test.request(`/api/jobs/${job.id}`)).json();
          return seen.state === "succeeded" || seen.state === "failed" ? seen : null;
        }, 90_000);
        assert.equal(done.state, "succeeded", JSON.stringify(done.error));
      } finally {
        // An agent whose token has ended ends by itself, and with it the command.
        const { items } = await (await test.request("/api/agents")).json();
        for (const { id } of items) await test.request(`/api/agents/${id}`, { method: "DELETE" });
        const text = await words(output);
        assert.match(text, /Joined http.* as /);
        assert.match(text, /When and for whom it works is yours to say: .*policy\.json/);
        assert.match(text, /is done after/);
      }
    },
  });
});

async function words(output: Promise<Deno.CommandOutput>): Promise<string> {
  const { stdout, stderr } = await output;
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("a command says --allow-http only where it must, and takes nothing that a shell would read", () => {
  const { command, command_windows } = joinCommands("https://studio.example/film", "gms_join_abc-_1");
  assert.equal(
    command,
    "mkdir -p studio-agent && cd studio-agent && curl -fsSL 'https://studio.example/film/agent.tar.gz' | tar xzf - && " +
      "sh agent.sh join 'https://studio.example/film' gms_join_abc-_1 && sh agent.sh run",
  );
  assert.ok(command_windows.includes(".\\agent.cmd join 'https://studio.example/film' gms_join_abc-_1 }"));
  assert.match(joinCommands("http://10.0.0.4:8000", "c").command, / c --allow-http && /);
  assert.doesNotMatch(joinCommands("http://127.0.0.1:8000", "c").command, /allow-http/);
  assert.throws(() => joinCommands("https://studio.example/$(id)", "c"), /set PUBLIC_URL/);
  assert.throws(() => joinCommands("https://studio.example", "c'; id"), /set PUBLIC_URL/);
});

Deno.test("an archive refuses a name that would be cut off", () => {
  assert.throws(() => tar([{ path: "a".repeat(101), bytes: new Uint8Array() }]), /too long a name/);
});
