import { join } from "@std/path";
import { build } from "../../ui/build.ts";
import { untilStopped } from "../start/start.ts";
import { startLocalStudio } from "../start/studio.ts";
import { enter } from "./client.ts";
import { makeFilm } from "./make.ts";
import { openTeller } from "./teller.ts";

/**
 * `deno task demo [--once]`: makes a small film from nothing over the public API, says where it lies, and leaves the studio open on
 * it. `--once` ends instead, with a last line of JSON.
 */
if (import.meta.main) {
  const once = Deno.args.includes("--once");
  const began = Date.now();
  const out = new TextEncoder();
  const tell = openTeller((text) => Deno.stdout.writeSync(out.encode(text)), Deno.stdout.isTerminal());
  // The demo takes any free port unless one was asked for, so that it runs beside a studio.
  const environment = { PORT: "0", ...Deno.env.toObject() };
  await build();
  const studio = await startLocalStudio(environment, { quiet: true });
  let code = 0;
  try {
    using session = await enter(studio.ownerLink);
    const making = makeFilm(session, join(studio.config.dataDir, "films"), tell);
    const made = await Promise.race([making, studio.agentFailed]);
    const repository = repositoryPath(studio.config.dataDir, made.project.git_url);
    console.log(`
  Film        ${made.filmPath}
              ${session.base}${made.film.film_url}
  EDL         ${made.edlPath}
              ${session.base}${made.film.edl_url}
  Repository  ${repository}
              git clone ${made.project.git_url}
  ${made.takes.length} takes in ${Math.round((Date.now() - began) / 1000)} s`);
    if (!once) {
      const { token } = await session.call<{ token: string }>("POST", "/auth/tokens", {
        name: "demo: git clone",
      });
      const link = await session.call<{ url: string }>("POST", "/auth/links", { role: "owner", name: "You" });
      console.log(`
  Canvas      ${link.url}   (signs you in, once)
              then ${session.base}/p/${made.project.slug}
  Git asks for a password: ${token}

  The studio stays open; stop with Ctrl+C.`);
      await untilStopped();
    }
    if (once) {
      console.log(
        JSON.stringify({
          film: made.filmPath,
          edl: made.edlPath,
          repository,
          project: made.project.id,
          takes: made.takes.length,
        }),
      );
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    code = 1;
  } finally {
    await studio.stop();
  }
  Deno.exit(code);
}

/** The bare repository on this machine: the gateway keeps them by the path of their URL. */
function repositoryPath(dataDir: string, gitUrl: string): string {
  return join(dataDir, "repositories", ...new URL(gitUrl).pathname.replace(/^\/git\//, "").split("/"));
}
