import { join } from "@std/path";
import { openFullComfyUi } from "../../agent/runners/testing/comfyui.ts";
import { until } from "../system/farm.ts";
import { joinAgent, openProcess, type Process } from "../system/processes.ts";
import type { Cluster } from "./cluster.ts";

/** Agents of all kinds; disposing kills them. */
export interface Agents extends AsyncDisposable {
  /** Processes with many agents each. */
  crews: Process[];
  /** As people run it, with ffmpeg and a ComfyUI; there all the time. */
  attic: Process;
  /** As the one in the attic, on the machine of somebody who gives what is left of it. */
  donor: Process;
  count: number;
}

/** @param count In `crews` processes; the attic and the donor are beside them. Resolves when all are online. */
export async function openAgents(
  cluster: Cluster,
  { count, crews: crewCount }: { count: number; crews: number },
): Promise<Agents> {
  await using opened = new AsyncDisposableStack();
  const comfyui = opened.use(await openFullComfyUi());
  const started: Process[] = [];
  opened.defer(async () => {
    await Promise.all(started.map((each) => each.kill("SIGKILL")));
  });
  const start = (each: Process) => {
    started.push(each);
    each.start();
    return each;
  };
  const code = async (uses: number) =>
    (await cluster.owner.call<{ code: string }>("POST", "/agents/join-codes", { uses })).code;
  const joined = async (name: string) =>
    start(
      await joinAgent({
        gateway: cluster.url,
        storeOrigins: [cluster.url, cluster.bucket.endpoint],
        code: await code(1),
        name,
        folder: join(cluster.folder, name),
        args: ["--comfyui", comfyui.url],
      }),
    );
  const [attic, donor] = [await joined("attic"), await joined("donor")];
  const each = Math.ceil(count / crewCount);
  const crews: Process[] = [];
  for (let nth = 1; nth <= crewCount; nth++) {
    const args = [cluster.url, await code(each), String(each), cluster.folder, `crew ${nth}`];
    crews.push(start(openProcess(["run", "-A", "deploy/soak/crew.ts", ...args], {})));
  }
  const all = each * crewCount + 2;
  await until(
    "the agents to be online",
    async () => {
      const { items } = await cluster.owner.call<{ items: { state: string }[] }>("GET", "/agents?limit=200");
      return items.filter((agent) => agent.state === "online").length >= all;
    },
    () => started.map((hand) => hand.output()).join("\n"),
    90,
  );
  const stack = opened.move();
  return { crews, attic, donor, count: all, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
