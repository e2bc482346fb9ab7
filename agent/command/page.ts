import { readAddress } from "../page/address.ts";
import { isLocked } from "./lock.ts";
import { UsageError } from "../config.ts";

/** `agent page`: the address of the running agent's page, with its key. */
export async function page(dataDir: string, options: { print(text: string): void }): Promise<number> {
  const url = await isLocked(dataDir) ? await readAddress(dataDir) : null;
  if (url === null) throw new UsageError("Its page is there while the agent runs: agent run");
  options.print(url);
  return 0;
}
