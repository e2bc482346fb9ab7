import assert from "node:assert/strict";
import { createLog } from "../http/mod.ts";
import { onPostgres, openTestDatabase } from "../testing/database.ts";
import type { Taker } from "./mod.ts";
import { choose, type Offer, type Waiter } from "./waiters.ts";
import { openStops } from "./stops.ts";
import { openWaiters } from "./word.ts";

const offer: Offer = {
  tenant_id: "t",
  pool: "cloud+default",
  capability: "flux-image@low",
  runner: "flux-image",
  vram_mb: 10_240,
  ram_mb: 0,
  disk_mb: 0,
};

function waiter(
  name: string,
  change: Partial<Taker> & { vram_mb?: number } = {},
  woken?: (name: string) => void,
): Waiter {
  const { vram_mb = 16_384, ...taker } = change;
  return {
    taker: {
      agent_id: name,
      agent_name: name,
      tenant_id: "t",
      boot_id: "b",
      pools: ["default"],
      ram_mb: 1,
      disk_free_mb: 1,
      suspended: [],
      slot: { slot: "gpu0", name: "Card", vram_mb, capabilities: ["flux-image@low"] },
      loaded: [],
      ...taker,
    },
    wake: () => woken?.(name),
  };
}
const chosen = (...waiting: Waiter[]) => choose(waiting, offer)?.taker.agent_name ?? null;

Deno.test("a new job wakes the smallest card that can do it, so that the large ones stay free", () => {
  assert.equal(
    chosen(
      waiter("24", { vram_mb: 24_576 }),
      waiter("12", { vram_mb: 12_288 }),
      waiter("8", { vram_mb: 8_192 }),
    ),
    "12",
  );
});

Deno.test("a card that has the model loaded comes before a smaller one, and among equals who waits longest", () => {
  assert.equal(
    chosen(waiter("12", { vram_mb: 12_288 }), waiter("24", { vram_mb: 24_576, loaded: ["flux-image@low"] })),
    "24",
  );
  assert.equal(chosen(waiter("first"), waiter("second")), "first");
});

Deno.test("nobody is woken for what they cannot take", () => {
  assert.equal(chosen(waiter("other studio", { tenant_id: "u" })), null);
  assert.equal(chosen(waiter("other pool", { pools: ["night"] })), null);
  assert.equal(chosen(waiter("suspended", { suspended: ["flux-image"] })), null);
});

Deno.test("each offer wakes one slot, and a woken slot is not woken again", async () => {
  await using database = await openTestDatabase();
  await using waiters = await openWaiters(database, createLog({ level: "error" }));
  const woken: string[] = [];
  for (const name of ["a", "b", "c"]) waiters.add(waiter(name, {}, (each) => woken.push(each)));
  waiters.offer(offer);
  waiters.offer(offer);
  assert.deepEqual(woken, ["a", "b"]);
  assert.equal(waiters.size(), 1);
});

Deno.test(
  { name: "a job queued at one gateway wakes a slot that polls at another", ignore: !onPostgres },
  async () => {
    await using database = await openTestDatabase();
    const log = createLog({ level: "error" });
    await using here = await openWaiters(database, log);
    await using there = await openWaiters(database, log);
    const woken = Promise.withResolvers<string>();
    there.add(waiter("far", {}, woken.resolve));
    here.offer(offer);
    assert.equal(await woken.promise, "far");
  },
);

Deno.test(
  { name: "what is cancelled at one gateway is told to an agent that waits at another", ignore: !onPostgres },
  async () => {
    await using database = await openTestDatabase();
    const log = createLog({ level: "error" });
    await using here = await openStops(database, log);
    await using there = await openStops(database, log);
    const [mine, other] = [there.next("mine"), there.next("other")];
    const told = Promise.withResolvers<void>();
    mine.addEventListener("abort", () => told.resolve());
    here.tell("mine");
    await told.promise;
    assert.equal(other.aborted, false);
    assert.equal(there.next("mine").aborted, false, "the next word is another one");
  },
);
