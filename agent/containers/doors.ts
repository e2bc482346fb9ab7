import type { ContainerDoor } from "../lease/executor.ts";
import { COMFYUI, type ContainerConfig, urlOf } from "./config.ts";

/** The runners' containers as seen by a process that does not look after them: they answer while `agent run` is at work. */
export function restingContainers(configs: readonly ContainerConfig[]): Map<string, ContainerDoor> {
  return new Map(
    configs.filter(({ id }) => id !== COMFYUI).map((config) => [config.id, {
      url: urlOf(config),
      card: config.card?.index ?? null,
      awake: () => true,
      hold: () => Promise.resolve({ [Symbol.dispose]() {} }),
      seen() {},
    }]),
  );
}
