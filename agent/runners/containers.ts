import type { Runner } from "../../shared/runners/check.ts";
import { createComfyClient } from "../comfyui/mod.ts";
import type { ContainerDoor, RunnersOptions } from "../lease/executor.ts";
import { forgetLoaded } from "./in_memory.ts";
import { type ComfyFound, probeComfyUi } from "./probe_comfyui.ts";

export interface ContainerFound {
  door: ContainerDoor;
  slot: string;
  /** What its server says of itself, now or before it fell asleep; a sentence where it has not come up yet. */
  found: ComfyFound | string;
}

/** By address, what ComfyUI or a container had when it last answered: one that sleeps is as able as it was. */
export const lastFound = new Map<string, ComfyFound>();

/** Asks the containers of the runners what they have. */
export async function containersOf(
  { containers = new Map(), hardware, signal }: RunnersOptions,
  runners: readonly Runner[],
): Promise<Map<string, ContainerFound>> {
  const asked = [...containers].map(async ([id, door]): Promise<[string, ContainerFound]> => {
    const slot = slotName(door.card ?? "cpu");
    const before = lastFound.get(door.url);
    if (!door.awake()) forgetLoaded(door.url);
    if (!door.awake() && before) return [id, { door, slot, found: before }];
    const own = runners.filter(({ manifest }) => manifest.id === id);
    const found = await probeComfyUi(createComfyClient({ url: door.url }), own, hardware.gpus, signal);
    if (typeof found === "string") {
      return [id, { door, slot, found: "runs in a container that is not up; agent run starts it." }];
    }
    lastFound.set(door.url, found);
    door.seen();
    return [id, { door, slot, found }];
  });
  return new Map(await Promise.all(asked));
}

export function slotName(card: number | "cpu"): string {
  return card === "cpu" ? card : `gpu${card}`;
}
