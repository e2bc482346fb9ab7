import { build } from "../../ui/build.ts";
import { ConfigError } from "../../gateway/config.ts";
import { startLocalStudio } from "./studio.ts";

/** `deno task start`: the whole studio on this machine, until Ctrl+C. `--watch` (`deno task dev`) builds the canvas again when it changes. */
if (import.meta.main) {
  await build();
  try {
    const studio = await startLocalStudio(Deno.env.toObject(), { quiet: false });
    console.log(
      `\n  The studio is open. This link signs you in, once:\n\n    ${studio.ownerLink}\n\n  Later: ${studio.url}   Stop with Ctrl+C.\n`,
    );
    if (Deno.args.includes("--watch")) void rebuildOnChange();
    studio.agentFailed.catch((error: Error) => console.error(`${error.message}. The canvas stays open.`));
    await untilStopped();
    console.log("Closing; what is being made is handed back and goes on at the next start.");
    await studio.stop();
    Deno.exit(0);
  } catch (error) {
    console.error(
      error instanceof ConfigError || error instanceof Deno.errors.AddrInUse ? wordsFor(error) : error,
    );
    Deno.exit(1);
  }
}

function wordsFor(error: Error): string {
  return error instanceof Deno.errors.AddrInUse
    ? "The port is taken. Is a studio running already? Set PORT to another."
    : error.message;
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = () => {
      if (asked) Deno.exit(130);
      asked = true;
      resolve();
    };
    Deno.addSignalListener("SIGINT", stop);
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
  });
}

async function rebuildOnChange(): Promise<void> {
  const watcher = Deno.watchFs(["ui", "shared"]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const event of watcher) {
    if (event.paths.every((path) => path.includes("/dist/"))) continue;
    clearTimeout(timer);
    timer = setTimeout(
      () =>
        build().then(
          () => console.log("The canvas is built; reload."),
          (error) => console.error(error.message),
        ),
      150,
    );
  }
}
