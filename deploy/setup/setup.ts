import { join } from "@std/path";
import { layPackages } from "./packages.ts";
import { type Manager, onPath, type Program, PROGRAMS } from "./programs.ts";

/**
 * `deno task setup [--tests]`: checks for the programs that the studio needs and installs what is missing with the system's
 * package manager where it may; where it may not, prints the exact command and stops. Then lays the packages.
 */
if (import.meta.main) {
  const tests = Deno.args.includes("--tests");
  const unknown = Deno.args.filter((argument) => argument !== "--tests");
  if (unknown.length) fail(`Unknown argument ${unknown.join(" ")}. Only --tests is known.`);
  const missing = PROGRAMS.filter((program) => (tests || !program.tests) && !program.find());
  if (missing.length) await install(missing);
  await layPackages(join(import.meta.dirname!, "..", ".."));
}

async function install(missing: Program[]): Promise<void> {
  console.log("Missing on this machine:");
  for (const program of missing) console.log(`  ${program.name}: ${program.purpose}`);
  const plan = planInstall(missing.map((program) => program.packages));
  if (!plan) fail("No package manager that setup knows was found. Install these by hand and start again.");
  const printed = plan.commands.map((command) => command.join(" ")).join(" && ");
  if (!await mayInstall(plan.manager)) {
    fail(`Setup may not install packages here. Run this and start again:\n\n  sudo sh -c "${printed}"\n`);
  }
  const prefix = needsSudo(plan.manager) ? ["sudo", "-n"] : [];
  for (const command of plan.commands) {
    const [program, ...args] = [...prefix, ...command];
    console.log(`$ ${[program, ...args].join(" ")}`);
    const { code, stdout, stderr } = await new Deno.Command(program!, {
      args,
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (code === 0) continue;
    const text = new TextDecoder();
    console.error((text.decode(stdout) + text.decode(stderr)).split("\n").slice(-20).join("\n"));
    fail(`That failed. Run it by hand and start again:\n\n  ${printed}\n`);
  }
  const still = missing.filter((program) => !program.find());
  if (still.length) {
    fail(
      `Installed, but not found: ${still.map((program) => program.name).join(", ")}. Is its folder on PATH?`,
    );
  }
}

/** The commands that install these packages with the first package manager that is there; null without one. */
function planInstall(wanted: Program["packages"][]): { manager: Manager; commands: string[][] } | null {
  const manager = (["apt-get", "dnf", "pacman", "brew"] as const).find((name) => onPath(name));
  if (!manager) return null;
  const packages = wanted.flatMap((each) => each[manager]);
  const commands: Record<Manager, string[][]> = {
    "apt-get": [["apt-get", "update"], [
      "apt-get",
      "install",
      "--yes",
      "--no-install-recommends",
      ...packages,
    ]],
    dnf: [["dnf", "install", "--assumeyes", ...packages]],
    pacman: [["pacman", "--sync", "--refresh", "--noconfirm", ...packages]],
    brew: [["brew", "install", ...packages]],
  };
  return { manager, commands: commands[manager] };
}

function needsSudo(manager: Manager): boolean {
  return manager !== "brew" && Deno.uid() !== 0;
}

async function mayInstall(manager: Manager): Promise<boolean> {
  if (!needsSudo(manager)) return true;
  if (!onPath("sudo")) return false;
  const { success } = await new Deno.Command("sudo", { args: ["-n", "true"], stdout: "null", stderr: "null" })
    .output();
  return success;
}

function fail(sentence: string): never {
  console.error(sentence);
  Deno.exit(1);
}
