import { join } from "@std/path";
import { onPath } from "../setup/programs.ts";
import { run } from "../backup/run.ts";
import { freePort } from "../testing/free_port.ts";
import { answering, type Peer, serve } from "./peer_process.ts";

/** https://github.com/datopian/giftless, with what its own requirements pin of what local storage needs. */
const PACKAGES = [
  "giftless==0.6.2",
  "gunicorn==22.0.0",
  "figcan==0.0.4",
  "flask==2.3.3",
  "werkzeug==2.3.8",
  "flask-marshmallow==0.15.0",
  "marshmallow==3.20.1",
  "marshmallow-enum==1.5.1",
  "PyJWT==2.8.0",
  "webargs==8.3.0",
  "python-dotenv==1.0.0",
  "flask-classful==0.16.0",
  "pyyaml==6.0.1",
  "python-dateutil==2.8.2",
  "cryptography==41.0.7",
  "typing_extensions==4.9.0",
];

const CONFIG = {
  AUTH_PROVIDERS: ["giftless.auth.allow_anon:read_write"],
  LEGACY_ENDPOINTS: false,
  // By default its links are good for a minute: less than a slow disk needs for a batch.
  PRE_AUTHORIZED_ACTION_PROVIDER: { options: { default_lifetime: 3600 } },
};

/** A Python with the packages in a folder of its own; null, with a word, where there is none. */
export async function makeVenv(
  folder: string,
  packages: readonly string[] = PACKAGES,
): Promise<string | null> {
  const python = onPath("python3");
  if (!python) {
    console.log(`No python3, so no peer that needs ${packages[0]}`);
    return null;
  }
  const venv = join(folder, "venv");
  await run(python, ["-m", "venv", venv]);
  const own = join(venv, "bin", "python");
  await run(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
  return own;
}

/** giftless with local storage in `folder`, under gunicorn, with a process for each of the client's requests at once. */
export async function openGiftless(python: string, folder: string): Promise<Peer> {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const peer = serve(python, [
    "-m",
    "gunicorn",
    // Processes: with threads some of its own links are refused (two first requests at once disturb each other).
    "--workers=8",
    "--timeout=300",
    "--log-level=error",
    `--bind=127.0.0.1:${port}`,
    "giftless.wsgi_entrypoint:app",
  ], { cwd: folder, env: { GIFTLESS_CONFIG_STR: JSON.stringify(CONFIG) } });
  await answering(url, peer);
  return { url, ...peer };
}
