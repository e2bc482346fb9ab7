import assert from "node:assert/strict";
import { defaultDataDir, parseComfyUi, parseGateway, readConfig, UsageError, writeConfig } from "./config.ts";
import { parseCommandLine } from "./command/options.ts";
import { netHosts, permissionFlags } from "./permissions.ts";

const CONFIG = {
  schema: 1 as const,
  gateway: "https://studio.example",
  agent_id: "01890000-0000-7000-8000-000000000000",
  name: "Mira's 3090",
  token: "secret",
  comfyui: null,
  store_origins: [],
  allow_http: false,
  joined_at: "2026-01-01T00:00:00.000Z",
};

Deno.test("the configuration comes back as it was kept, readable by its owner alone", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const data = `${dir}/deeper`;
    assert.equal(readConfig(data), null);
    writeConfig(data, CONFIG);
    writeConfig(data, { ...CONFIG, name: "renamed" });
    assert.deepEqual(readConfig(data), { ...CONFIG, name: "renamed" });
    if (Deno.build.os !== "windows") {
      assert.equal(Deno.statSync(`${data}/agent.json`).mode! & 0o777, 0o600);
      assert.equal(Deno.statSync(data).mode! & 0o777, 0o700);
    }
    Deno.writeTextFileSync(`${data}/agent.json`, '{"schema":1,"gate');
    assert.throws(() => readConfig(data), /agent.json is damaged.*join again/s);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("data lies where each system keeps a program's data, or where AGENT_DATA says", () => {
  const leaf = "generative-media-studio-agent";
  assert.equal(defaultDataDir({ HOME: "/home/mira" }, "linux"), `/home/mira/.local/share/${leaf}`);
  assert.equal(defaultDataDir({ HOME: "/home/mira", XDG_DATA_HOME: "/data" }, "linux"), `/data/${leaf}`);
  assert.equal(
    defaultDataDir({ HOME: "/Users/mira" }, "darwin"),
    `/Users/mira/Library/Application Support/${leaf}`,
  );
  assert.match(
    defaultDataDir({ LOCALAPPDATA: "C:\\Users\\mira\\AppData\\Local" }, "windows"),
    /AppData.*agent$/,
  );
  assert.equal(defaultDataDir({ AGENT_DATA: "/srv/agent", HOME: "/home/mira" }, "linux"), "/srv/agent");
  assert.throws(() => defaultDataDir({}, "linux"), UsageError);
});

Deno.test("a gateway's address is https unless it is this machine or was asked for by name", () => {
  const strict = { allowHttp: false };
  assert.equal(parseGateway("studio.example", strict), "https://studio.example");
  assert.equal(parseGateway("https://studio.example/films/", strict), "https://studio.example/films");
  assert.equal(parseGateway("localhost:8000", strict), "http://localhost:8000");
  assert.equal(parseGateway("http://127.0.0.1:8000/", strict), "http://127.0.0.1:8000");
  assert.equal(parseGateway("http://[::1]:8000", strict), "http://[::1]:8000");
  assert.equal(parseGateway("http://10.0.0.5:8000", { allowHttp: true }), "http://10.0.0.5:8000");
  assert.throws(() => parseGateway("http://10.0.0.5:8000", strict), /plain http/);
  assert.throws(() => parseGateway("ftp://studio.example", strict), /https or http/);
  assert.throws(() => parseGateway("https://me:pw@studio.example", strict), /user and password/);
  assert.throws(() => parseGateway("not an address", strict), /is not the address/);
});

Deno.test("ComfyUI's address may leave out the scheme, or be none", () => {
  assert.equal(parseComfyUi("none"), null);
  assert.equal(parseComfyUi("127.0.0.1:8188"), "http://127.0.0.1:8188");
  assert.equal(parseComfyUi("http://box:8188/"), "http://box:8188");
  assert.throws(() => parseComfyUi("ws://box"), UsageError);
});

Deno.test("the command line says what is wrong with it", () => {
  const env = { AGENT_DATA: "/tmp/agent" };
  const line = parseCommandLine(
    ["join", "localhost:8000", "ABCD", "--name", " Mira ", "--comfyui", "none"],
    env,
  );
  assert.deepEqual([line.command, line.gateway, line.code, line.name, line.comfyui], [
    "join",
    "http://localhost:8000",
    "ABCD",
    "Mira",
    null,
  ]);
  assert.equal(
    parseCommandLine(["run", "--data", "mine"], { ...env, INIT_CWD: "/home/mira" }).dataDir,
    "/home/mira/mine",
  );
  assert.equal(parseCommandLine(["run", "--drain-seconds", "0"], env).drainSeconds, 0);
  const tagged = parseCommandLine(["run", "--tag", "4090,Studio-B", "--tag", "night", "--spot", "aws"], env);
  assert.deepEqual([tagged.tags, tagged.spot], [["4090", "studio-b", "night"], "aws"]);
  assert.deepEqual([parseCommandLine(["run"], env).tags, parseCommandLine(["run"], env).spot], [
    null,
    undefined,
  ]);
  assert.throws(() => parseCommandLine(["run", "--tag", "no tag"], env), /no tag: up to 40/);
  assert.equal(parseCommandLine([], env).command, "help");
  assert.equal(parseCommandLine(["run", "-h"], env).command, "help");
  for (
    const [args, said] of [
      [["frobnicate"], /There is no command "frobnicate"/],
      [["join", "localhost"], /needs the gateway's address and a code/],
      [["run", "now"], /run takes no "now"/],
      [["run", "--drain-seconds", "soon"], /must be a number/],
      [["run", "--frob"], /--frob.*See --help/],
      [["join", "localhost", "A", "--name", ""], /1 to 60 characters/],
    ] as const
  ) assert.throws(() => parseCommandLine(args, env), said);
});

Deno.test("an agent may speak to its gateway, its store and its ComfyUI, and run its tools; nothing else", () => {
  const flags = permissionFlags({
    gateway: "https://studio.example/films",
    storeOrigins: ["https://s3.eu-west-1.amazonaws.com", "http://minio.lan:9000"],
    comfyui: "http://127.0.0.1:8188",
    dataDir: "/data,1",
    codeDir: "/code",
    tools: ["ffmpeg"],
  });
  const flag = (name: string) => flags.find((text) => text.startsWith(`--allow-${name}=`))?.split("=")[1];
  assert.equal(
    flag("net"),
    "studio.example:443,s3.eu-west-1.amazonaws.com:443,minio.lan:9000,127.0.0.1:8188,localhost:8188",
  );
  assert.match(flag("read")!, /^\/data,,1,\/code(,|$)/);
  assert.equal(flag("write"), "/data,,1");
  assert.equal(flag("run"), "ffmpeg");
  assert.ok(flags.includes("--no-prompt") && flags.includes("--no-remote"));
  assert.ok(
    flags.every((text) =>
      text === "--no-prompt" || text === "--no-remote" ||
      /^--allow-(net|read|write|run|env|sys)=.+/.test(text)
    ),
    "a flag allows everything",
  );
});

Deno.test("a program that is not there is not asked for, and without any none may be run", () => {
  const flags = permissionFlags({
    gateway: null,
    storeOrigins: [],
    comfyui: null,
    dataDir: "/d",
    codeDir: "/c",
    tools: [],
  });
  assert.ok(!flags.some((text) => /allow-(run|net)/.test(text)));
});

Deno.test("hosts keep their port, and a loopback service goes by each of its names", () => {
  assert.deepEqual(netHosts("https://studio.example:8443/x"), ["studio.example:8443"]);
  assert.deepEqual(netHosts("http://studio.example"), ["studio.example:80"]);
  assert.deepEqual(netHosts("http://localhost:8000"), ["localhost:8000", "127.0.0.1:8000"]);
  assert.deepEqual(netHosts("http://[::1]:8000"), ["[::1]:8000", "127.0.0.1:8000", "localhost:8000"]);
  assert.deepEqual(netHosts("nonsense"), []);
});
