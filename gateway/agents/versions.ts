import type { RunnerCatalogue } from "../runners/mod.ts";
import type { AgentRow } from "./mod.ts";

type Facts = AgentRow["facts"];

/**
 * An agent's facts without the capabilities of runners that it has in another version than the studio: a take must be made by the
 * graph that it names. They are among what it cannot do, with what to do about it. The same object when all fits.
 */
export function inVersion(facts: Facts, runners: RunnerCatalogue): Facts {
  const wrong = Object.entries(facts.runners ?? {}).flatMap(([id, version]) => {
    const manifest = runners.find(id);
    return manifest && manifest.version !== version ? [{ manifest, version }] : [];
  });
  if (wrong.length === 0) return facts;
  const lost: Facts["cannot"] = [];
  const slots = facts.slots.map((slot) => ({
    ...slot,
    capabilities: slot.capabilities.filter((capability) => {
      const found = wrong.find(({ manifest }) => capability.startsWith(`${manifest.id}@`));
      if (!found) return true;
      const { manifest, version } = found;
      if (!lost.some((each) => each.capability === capability)) {
        lost.push({
          capability,
          reason: "version",
          sentence:
            `${manifest.title} is here in version ${version}, and in the studio in ${manifest.version}: ` +
            `update the agent, or there: agent runner install ${manifest.id}`,
        });
      }
      return false;
    }),
  }));
  return { ...facts, slots, cannot: [...facts.cannot, ...lost] };
}
