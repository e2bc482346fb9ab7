import { createHash } from "node:crypto";
import { join } from "@std/path";

/** What decides how node_modules looks: the versions, who asks for them, and the packages of our own that are linked. */
const MADE_OF = ["deno.json", "deno.lock", "import_map.json", "ui/shims"];
/** Says what the packages beside it were laid from; goes when they go. */
const LAID = "node_modules/.laid-from";

/**
 * Lays node_modules as deno.lock says, unless it lies so already. Here and nowhere else, which is what `nodeModulesDir: manual` is for: left
 * to itself Deno takes linked packages away and lays them anew each time that any program starts, and a program that loads one at that
 * moment does not find it (measured: twenty starts at once, and one in sixty fails).
 */
export async function layPackages(root: string): Promise<void> {
  const from = await digestOf(root);
  if (await Deno.readTextFile(join(root, LAID)).catch(() => null) === from) return;
  console.log("Laying the packages that deno.lock names …");
  // Quiet: React Flow's packages ask for a React older than ours, and Deno says so at length.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: root,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot lay the packages: ${new TextDecoder().decode(stderr)}`);
  await Deno.writeTextFile(join(root, LAID), await digestOf(root));
}

async function digestOf(root: string): Promise<string> {
  const hash = createHash("sha256");
  for (const path of MADE_OF) await add(path);
  return hash.digest("hex");

  async function add(path: string): Promise<void> {
    const whole = join(root, path);
    if ((await Deno.stat(whole)).isDirectory) {
      const names = (await Array.fromAsync(Deno.readDir(whole))).map((entry) => entry.name).toSorted();
      for (const name of names) await add(`${path}/${name}`);
      return;
    }
    hash.update(`${path}\n`).update(await Deno.readFile(whole));
  }
}
