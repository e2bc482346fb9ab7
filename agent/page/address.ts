import { join } from "@std/path";
import { z } from "zod";

/** `page.json`: where the running agent's page is, with its key; readable by its owner alone. */
const AddressFile = z.object({ url: z.string() });

export async function readAddress(dataDir: string): Promise<string | null> {
  try {
    return AddressFile.parse(JSON.parse(await Deno.readTextFile(join(dataDir, "page.json")))).url;
  } catch {
    return null;
  }
}

export async function writeAddress(dataDir: string, url: string): Promise<void> {
  const path = join(dataDir, "page.json");
  await Deno.writeTextFile(`${path}.new`, JSON.stringify({ url }) + "\n", { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}

export async function removeAddress(dataDir: string): Promise<void> {
  await Deno.remove(join(dataDir, "page.json")).catch(() => {});
}
