import assert from "node:assert/strict";
import { knownFlags } from "../comfyui/managed/flags.ts";
import {
  type Abilities,
  type Container,
  listArgs,
  nameOf,
  removeArgs,
  runArgs,
  stopArgs,
} from "./command_line.ts";
import { memoryFor } from "./keep.ts";
import { securityOf } from "./tool.ts";

/** The flags that both list, as their help writes them, and each one's own. */
const HELP = `
      --cap-drop list                    Drop Linux capabilities
      --device list                      Add a host device to the container
  -e, --env list                         Set environment variables
      --group-add list                   Add additional groups to join
  -l, --label list                       Set meta data on a container
  -m, --memory bytes                     Memory limit
      --memory-swap bytes                Swap limit equal to memory plus swap
      --mount mount                      Attach a filesystem mount to the container
      --name string                      Assign a name to the container
      --network network                  Connect a container to a network
      --pids-limit int                   Tune container pids limit
      --pull string                      Pull image before running
      --read-only                        Mount the container's root filesystem as read only
      --rm                               Automatically remove the container when it exits
      --security-opt list                Security Options
      --shm-size bytes                   Size of /dev/shm
      --tmpfs list                       Mount a tmpfs directory
  -u, --user string                      Username or UID`;
const DOCKER: Abilities = {
  flags: knownFlags(`${HELP}\n      --gpus gpu-request`),
  selinux: false,
  rootless: false,
};
const PODMAN: Abilities = { flags: knownFlags(HELP), selinux: false, rootless: true };

const FLEXIACT: Container = {
  name: "studio-flexiact-0123456789ab",
  agent: "01890000-0000-7000-8000-0123456789ab",
  runner: "flexiact",
  image: "generative-media-studio/flexiact:1.0.0",
  args: [],
  sockets: "/home/mira/.agent/sock/flexiact",
  models: "/data/models",
  card: { maker: "nvidia", index: 1, groups: [] },
  memoryMb: 52096,
};

/** All but what differs from tool to tool and card to card. */
const KEPT_IN = (card: string[], more: string[] = []) => [
  "run",
  "--rm",
  ...["--name", "studio-flexiact-0123456789ab"],
  ...["--label", "generative-media-studio.agent=01890000-0000-7000-8000-0123456789ab"],
  ...["--label", "generative-media-studio.runner=flexiact"],
  ...["--pull", "never"],
  ...["--network", "none"],
  "--read-only",
  ...["--cap-drop", "ALL"],
  ...["--security-opt", "no-new-privileges"],
  ...more,
  ...["--user", "10001:10001"],
  ...["--memory", "52096m"],
  ...["--memory-swap", "52096m"],
  ...["--pids-limit", "4096"],
  ...["--shm-size", "1g"],
  ...["--tmpfs", "/tmp:rw,nosuid,nodev,size=4096m,mode=1777"],
  ...["--mount", "type=bind,source=/home/mira/.agent/sock/flexiact,target=/run/studio"],
  ...["--mount", "type=bind,source=/data/models,target=/models,readonly"],
  ...card,
  ...["--env", "STUDIO_SOCKET=/run/studio/comfyui.sock"],
  ...["--env", "HOME=/tmp"],
  ...["--env", "STUDIO_MODELS=/models"],
  "generative-media-studio/flexiact:1.0.0",
];

Deno.test("a container gets one card, its models to read, a socket, and nothing else of the machine", () => {
  assert.deepEqual(runArgs("docker", FLEXIACT, DOCKER), KEPT_IN(["--gpus", "device=1"]));
  assert.deepEqual(runArgs("podman", FLEXIACT, PODMAN), KEPT_IN(["--device", "nvidia.com/gpu=1"]));
  assert.deepEqual(
    runArgs("podman", FLEXIACT, { ...PODMAN, selinux: true }),
    KEPT_IN(["--device", "nvidia.com/gpu=1"], ["--security-opt", "label=disable"]),
  );
});

Deno.test("an AMD card is its device files and the groups that may open them", () => {
  const amd: Container = { ...FLEXIACT, card: { maker: "amd", index: 0, groups: [44, 109] } };
  const devices = ["--device", "/dev/kfd", "--device", "/dev/dri"];
  const visible = ["--env", "HIP_VISIBLE_DEVICES=0"];
  assert.deepEqual(
    runArgs("docker", amd, DOCKER),
    KEPT_IN([...devices, "--group-add", "44", "--group-add", "109", ...visible]),
  );
  assert.deepEqual(
    runArgs("podman", amd, PODMAN),
    KEPT_IN([...devices, "--group-add", "keep-groups", ...visible]),
  );
});

Deno.test("without a card and models neither is passed; what follows the image's name is the runner's", () => {
  const args = runArgs("docker", { ...FLEXIACT, card: null, models: null, args: ["--low", "a b"] }, DOCKER);
  assert.deepEqual(args.slice(-3), ["generative-media-studio/flexiact:1.0.0", "--low", "a b"]);
  assert.ok(!args.some((each) => /gpu|device|models/i.test(each)), args.join(" "));
  const odd = runArgs("docker", { ...FLEXIACT, models: '/data/models, "old"' }, DOCKER);
  assert.ok(odd.includes('type=bind,"source=/data/models, ""old""",target=/models,readonly'), odd.join(" "));
});

Deno.test("a tool without what keeps a container in is refused; what only serves comfort is left out", () => {
  const without = (...gone: string[]) => ({
    ...DOCKER,
    flags: new Set([...DOCKER.flags].filter((flag) => !gone.includes(flag))),
  });
  for (const needed of ["--network", "--read-only", "--cap-drop", "--security-opt", "--user", "--memory"]) {
    assert.throws(
      () => runArgs("docker", FLEXIACT, without(needed)),
      new RegExp(`this docker knows no ${needed}; update it`),
    );
  }
  assert.throws(() => runArgs("docker", FLEXIACT, without("--gpus")), /knows no --gpus/);
  const old = runArgs("docker", FLEXIACT, without("--pull", "--memory-swap", "--pids-limit", "--shm-size"));
  assert.ok(!old.some((each) => /^--(pull|memory-swap|pids-limit|shm-size)$/.test(each)));
});

Deno.test("what the tools say of themselves is read in both their ways", () => {
  assert.deepEqual(securityOf("podman", '{"host":{"security":{"rootless":true,"selinuxEnabled":true}}}'), {
    selinux: true,
    rootless: true,
  });
  assert.deepEqual(
    securityOf("docker", '{"SecurityOptions":["name=seccomp,profile=builtin","name=rootless"]}'),
    {
      selinux: false,
      rootless: true,
    },
  );
  assert.deepEqual(securityOf("docker", "no JSON"), { selinux: false, rootless: false });
});

Deno.test("leftovers are found by this agent's label, and two agents of a machine have other names", () => {
  assert.deepEqual(listArgs("a-1"), [
    "ps",
    "--all",
    "--quiet",
    "--filter",
    "label=generative-media-studio.agent=a-1",
  ]);
  assert.deepEqual(removeArgs("docker", ["x", "y"]), ["rm", "--force", "x", "y"]);
  assert.deepEqual(removeArgs("podman", ["x"]), ["rm", "--force", "--time", "0", "x"]);
  assert.deepEqual(stopArgs("x", 8), ["stop", "-t", "8", "x"]);
  assert.equal(nameOf("01890000-0000-7000-8000-0123456789ab", "flexiact"), "studio-flexiact-0123456789ab");
  assert.notEqual(nameOf("01890000-0000-7000-8000-0123456789ac", "flexiact"), FLEXIACT.name);
});

Deno.test("a container may take what its runner says and its scratch, and leaves something to the machine", () => {
  const tiers = { high: { ram_mb: 48_000 } } as unknown as Parameters<typeof memoryFor>[0] extends
    { tiers: infer T } | undefined ? T : never;
  assert.equal(memoryFor({ tiers }, 128_000), 52_096);
  assert.equal(memoryFor({ tiers }, 32_000), 29_952);
  assert.equal(memoryFor(undefined, 32_000), 29_952, "ComfyUI gets what there is");
});
