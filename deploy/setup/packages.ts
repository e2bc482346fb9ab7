import { join } from "@std/path";
import { digestOf, madeFrom, markMade } from "../../ui/made_from.ts";

/** What decides how node_modules looks: the versions, who asks for them, and the packages of our own that are linked. */
const MADE_OF = ["deno.json", "deno.lock", "import_map.json", "ui/shims"];

/**
 * Lays node_modules as deno.lock says, unless it lies so already. Here and nowhere else, which is what `nodeModulesDir: manual` is for: left
 * to itself Deno takes linked packages away and lays them anew each time that any program starts, and a program that loads one at that
 * moment does not find it (measured: twenty starts at once, and one in sixty fails).
 */
export async function layPackages(root: string): Promise<void> {
  const folder = join(root, "node_modules");
  if (await madeFrom(folder, await digestOf(root, MADE_OF))) return;
  console.log("Laying the packages that deno.lock names …");
  // Quiet: React Flow's packages ask for a React older than ours, and Deno says so at length.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: root,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot lay the packages: ${new TextDecoder().decode(stderr)}`);
  // A new dependency is in the lock only now.
  await markMade(folder, await digestOf(root, MADE_OF));
}

if (import.meta.main) await layPackages(join(import.meta.dirname!, "..", ".."));
