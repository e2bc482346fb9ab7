import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "@std/path";
import { writeDefaultPolicy } from "./policy/policy.ts";
import { testSpec } from "./testing/agent.ts";
import { openTestGateway, type TestGateway } from "./testing/gateway.ts";
import { alreadyJoined, launched, outcome } from "./testing/launched.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const PROBE = fileURLToPath(new URL("./testing/probe.ts", import.meta.url));

/** What each of the programs may do, of all that the probe tries. Everything else is refused. */
const AGENT_MAY = [
  "listen on loopback",
  "reach the gateway",
  "read the gateway's token",
  "start ffmpeg",
  "write its folder",
  "write the rules",
];

interface Place extends AsyncDisposable {
  data: string;
  /** A stranger's folder beside the agent's, and a stranger's port that counts who comes. */
  folder: string;
  stranger: string;
  visits(): number;
}

async function openPlace(gateway: TestGateway): Promise<Place> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "agent-rights-" }));
  const [data, folder] = [join(root, "data"), join(root, "stranger")];
  await Deno.mkdir(join(data, "downloads"), { recursive: true });
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(data, "hf_token"), "hf_secret");
  await Deno.writeTextFile(join(folder, "secret"), "export default 1;");
  alreadyJoined(gateway, data, join(root, "models"));
  await writeDefaultPolicy(data);
  let visits = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    visits++;
    return new Response("export default 1;", { headers: { "content-type": "text/javascript" } });
  });
  return {
    data,
    folder,
    stranger: `127.0.0.1:${server.addr.port}`,
    visits: () => visits,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** The command lines that `agent permissions` prints, by the words before them. */
async function printed(place: Place): Promise<{ agent: string[]; downloader: string[] }> {
  const { code, text } = await outcome(launched(place.data, ["permissions"]));
  assert.equal(code, 0, text);
  const lines = text.split("\n").flatMap((line) => /^ {2}deno (.*)$/.exec(line)?.[1] ?? []);
  assert.equal(lines.length, 2, text);
  assert.match(text, /The updater: is not started; this agent is updated by whoever installed it/);
  const [agent, downloader] = lines.map((line) => line.split(" "));
  return { agent: agent!, downloader: downloader! };
}

/** Starts the probe in the program's place, and says what was allowed. */
async function allowed(line: readonly string[], place: Place, gateway: TestGateway): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...line.slice(0, -1), PROBE, place.data, gateway.url, place.stranger, place.folder],
    env: { SECRET: "s", NPM_CONFIG_REGISTRY: `http://${place.stranger}/` },
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const outcomes = JSON.parse(new TextDecoder().decode(stdout)) as Record<string, string>;
  assert.ok(Object.keys(outcomes).length > 40);
  return Object.entries(outcomes).filter(([, outcome]) => outcome === "allowed").map(([name]) => name)
    .toSorted();
}

Deno.test({
  name: "with its printed flags the agent reads, reaches and starts nothing but its own, and does its work",
  // The probe's paths and programs are those of a POSIX system.
  ignore: Deno.build.os === "windows",
  async fn(t) {
    await using gateway = openTestGateway();
    await using place = await openPlace(gateway);
    const lines = await printed(place);

    await t.step("there is no flag that allows everything", () => {
      for (const line of Object.values(lines)) {
        assert.deepEqual(
          line.filter((word) =>
            /^(-A|--allow-all|--allow-(read|write|net|run|env|sys|ffi|import))$/.test(word)
          ),
          [],
        );
        assert.ok(line.includes("--no-prompt") && line.includes("--no-remote"));
      }
    });

    await t.step("whoever tries from inside is refused", async () => {
      assert.deepEqual(await allowed(lines.agent, place, gateway), AGENT_MAY);
      assert.equal(
        place.visits(),
        0,
        "nobody came to the stranger's port, an import or a package least of all",
      );
    });

    await t.step(
      "the downloader has neither the token nor the gateway, and touches only its own corner",
      async () => {
        assert.deepEqual(await allowed(lines.downloader, place, gateway), [
          "read the token of the models' source",
        ]);
        assert.equal(place.visits(), 0);
        const net = lines.downloader.find((word) => word.startsWith("--allow-net="))!;
        assert.match(net, /^--allow-net=huggingface\.co:443,/);
      },
    );

    await t.step("the agent itself does a job with the same flags", async () => {
      const agent = new Deno.Command(Deno.execPath(), {
        args: [...lines.agent.slice(0, -1), MAIN, "run", "--data", place.data],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const output = agent.output();
      const job = gateway.add({ ...testSpec(), runner: "animatic-still", width: 320, height: 180 }, {
        capability: "animatic-still@low",
      });
      await gateway.until("the take", () => job.state === "succeeded" || job.state === "failed");
      assert.deepEqual(job.failed, []);
      agent.kill("SIGTERM");
      const { code, stderr } = await output;
      assert.equal(code, 0, new TextDecoder().decode(stderr));
    });
  },
});
