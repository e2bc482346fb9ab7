import assert from "node:assert/strict";
import { join } from "@std/path";
import { FLEETS } from "../kubernetes/generate.ts";
import { onPath } from "../setup/programs.ts";
import { userData } from "./template/machine.ts";

/** What the machine is told to start, in place of what only Amazon's has. Docker's first life ends badly, the next goes on until the end. */
const STANDS_IN: Record<string, string> = {
  dnf: "",
  mount: "",
  systemctl: "",
  aws: "echo code",
  docker: `[ "$1" = run ] || exit 0
echo "$MACHINE $*" >> "$SCRATCH/lives"
[ "$(grep -c "^$MACHINE " "$SCRATCH/lives")" -gt 1 ] || exit 1
while [ ! -e "$SCRATCH/end" ]; do /bin/sleep 0.1; done`,
  sleep: '[ -e "$SCRATCH/end" ] && kill $PPID; /bin/sleep 0.1',
};

Deno.test({
  name: "a machine keeps its folder while its agent is started anew, and the next machine takes another",
  ignore: Deno.build.os !== "linux" || !onPath("flock"),
  async fn() {
    const scratch = await Deno.makeTempDir({ prefix: "studio-machine-" });
    const running: Deno.ChildProcess[] = [];
    try {
      for (const [name, text] of Object.entries(STANDS_IN)) {
        await Deno.writeTextFile(join(scratch, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      }
      const fleet = FLEETS.find(({ gpu }) => !gpu)!;
      const script = userData(fleet).replaceAll(/\$\{(\w+)(?:::\w+)?\}/g, "$1").replaceAll(
        "/agents",
        `${scratch}/agents`,
      );
      const boot = (machine: string) => {
        const env = { PATH: `${scratch}:${Deno.env.get("PATH")}`, SCRATCH: scratch, MACHINE: machine };
        running.push(new Deno.Command("bash", { args: ["-c", script], env, stdin: "null" }).spawn());
      };
      const lives = async (machine: string) =>
        (await Deno.readTextFile(join(scratch, "lives")).catch(() => "")).split("\n")
          .filter((line) => line.startsWith(`${machine} `));
      const until = async (what: string, holds: () => Promise<boolean>) => {
        for (const end = Date.now() + 30_000; !await holds(); await new Promise((go) => setTimeout(go, 50))) {
          assert.ok(Date.now() < end, `waited for: ${what}`);
        }
      };
      boot("one");
      await until("a second life", async () => (await lives("one")).length === 2);
      boot("two");
      await until("another machine", async () => (await lives("two")).length > 0);
      const folders = [...await lives("one"), ...await lives("two")].map((line) =>
        /agents\/\w+\/(\d+):/.exec(line)![1]
      );
      assert.deepEqual([...new Set(folders.slice(0, 2)), ...new Set(folders.slice(2))], ["1", "2"]);
    } finally {
      await Deno.writeTextFile(join(scratch, "end"), "");
      await Promise.all(running.map(({ status }) => status));
      await Deno.remove(scratch, { recursive: true });
    }
  },
});
