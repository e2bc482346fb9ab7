import { UsageError } from "../config.ts";
import type { Policy } from "../policy/policy.ts";
import { lends } from "../policy/refuse.ts";
import type { ModelNeed } from "./needs.ts";

/**
 * The files that a person means: by name (`ae.safetensors`, `vae/ae.safetensors`), or all of a runner (`flux-image`) or of one of
 * its tiers (`flux-image@low`). UsageError names the one that is none of these.
 */
export function chosen(needs: readonly ModelNeed[], words: readonly string[]): ModelNeed[] {
  const found = words.flatMap((word) => {
    const meant = needs.filter(({ key, file, usedBy }) =>
      key === word || file === word ||
      usedBy.some((capability) => capability === word || capability.startsWith(`${word}@`))
    );
    if (meant.length === 0) {
      throw new UsageError(`No runner here needs "${word}". What there is: agent models`);
    }
    return meant;
  });
  return [...new Set(found)];
}

/** Licences that have not been agreed to yet, each with the files that it is of. */
export function notAgreed(files: readonly ModelNeed[], agreed: readonly string[]): Map<string, ModelNeed[]> {
  const said = new Set(agreed.map(plain));
  return Map.groupBy(files.filter(({ licence }) => !said.has(plain(licence))), ({ licence }) => licence);
}

/** Why this file may not be fetched by the owner's rules; null: it may. */
export function notWanted(need: ModelNeed, policy: Policy): string | null {
  if (!policy.models.download) {
    return 'the rules of this machine allow no downloads: set "models": {"download": true} in policy.json, or on the local page';
  }
  if (!need.usedBy.some((capability) => lends(policy, capability.split("@")[0]!))) {
    return "only runners that this machine is not lent for need it";
  }
  return null;
}

function plain(licence: string): string {
  return licence.trim().toLowerCase();
}
