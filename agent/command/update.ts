import { readNews, writeNews } from "../update/files.ts";
import { isLocked } from "./lock.ts";
import { UsageError } from "../config.ts";

/** `agent update`: the owner's yes to the version that the gateway serves. The running agent does the rest. */
export async function update(dataDir: string, options: { print(text: string): void }): Promise<number> {
  if (!await isLocked(dataDir)) {
    throw new UsageError("Start the agent first: it hears from its gateway which version there is.");
  }
  const offer = await readNews(dataDir, "offer");
  if (!offer) {
    options.print(
      "The running agent has not heard of another version (one from a clone of the repository is updated with git pull).",
    );
    return 0;
  }
  if (offer.offered === null) {
    options.print("It has heard of no other version from its gateway, so it is that version already.");
    return 0;
  }
  // A yes to what is under way already, or is not begun with, would promise what does not come.
  if (!offer.asks) {
    options.print(offer.sentence);
    return 0;
  }
  await writeNews(dataDir, "consent", { digest: offer.offered });
  options.print("Agreed: it fetches that version, and begins with it once what runs is done.");
  return 0;
}
