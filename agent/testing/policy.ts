import { policyPath } from "../policy/policy.ts";

export async function writePolicyForTest(dataDir: string, policy: object): Promise<void> {
  await Deno.writeTextFile(policyPath(dataDir), JSON.stringify(policy));
}
