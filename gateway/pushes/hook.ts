import { join } from "@std/path";
import { z } from "zod";

/** What the hook sends: the lines that Git gave it, and where the push's objects wait. */
const Asked = z.object({
  lines: z.string(),
  objects: z.string().optional(),
  alternates: z.string().optional(),
});
export type Asked = z.infer<typeof Asked>;

/** Null: the push is taken. Else what `git push` shows. */
export type Answer = (asked: Asked) => Promise<string | null>;

const SCRIPT = join(import.meta.dirname!, "pre_receive.js");

/** The hook itself. Git passes its environment on, so everything that differs from push to push is in there. */
const HOOK = `#!/bin/sh
exec "$STUDIO_PUSH_DENO" run --quiet --no-config --no-lock --no-remote --allow-env \\
  --allow-net="$STUDIO_PUSH_HOST" "$STUDIO_PUSH_SCRIPT"
`;

/**
 * Where the hooks of running pushes ask: a port on loopback that is open as long as the gateway is, one unguessable path
 * for each push. A hook whose gateway has died finds the line cut, and the push is refused.
 */
export class HookDesk implements AsyncDisposable {
  #server: Deno.HttpServer<Deno.NetAddr>;
  #folder: string;
  #open = new Map<string, Answer>();
  #written: Promise<void> | undefined;

  /** `folder`: where the hook program is kept. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Opens a path for one push; the environment makes Git use it. Dispose of it when the push has ended. */
  async open(gitDir: string, answer: Answer): Promise<Disposable & { env: Record<string, string> }> {
    this.#written ??= this.#write();
    await this.#written;
    const token = crypto.randomUUID();
    this.#open.set(token, answer);
    const host = `127.0.0.1:${this.#server.addr.port}`;
    return {
      env: {
        // As of gitEnvironment(), and the hooks: configuration by environment is one numbered list.
        GIT_CONFIG_COUNT: "3",
        GIT_CONFIG_KEY_0: "safe.directory",
        GIT_CONFIG_VALUE_0: gitDir,
        GIT_CONFIG_KEY_1: "core.hooksPath",
        GIT_CONFIG_VALUE_1: this.#folder,
        // The hook decides; a branch that goes is a direction that is discarded, and kept.
        GIT_CONFIG_KEY_2: "receive.denyDeletes",
        GIT_CONFIG_VALUE_2: "false",
        STUDIO_PUSH_URL: `http://${host}/${token}`,
        STUDIO_PUSH_HOST: host,
        STUDIO_PUSH_DENO: Deno.execPath(),
        STUDIO_PUSH_SCRIPT: SCRIPT,
        // The hook must leave nothing in the home that Git is given.
        DENO_DIR: join(this.#folder, "cache"),
        DENO_NO_UPDATE_CHECK: "1",
        NO_COLOR: "1",
      },
      [Symbol.dispose]: () => this.#open.delete(token),
    };
  }

  async #write(): Promise<void> {
    const path = join(this.#folder, "pre-receive");
    // A gateway that is killed while it writes leaves what it began: most find that it is there.
    if (await Deno.readTextFile(path).catch(() => null) === HOOK) return;
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    // Written beside and renamed: another gateway's push may be starting the hook just now.
    const fresh = join(this.#folder, `.${crypto.randomUUID()}`);
    await Deno.writeTextFile(fresh, HOOK, { mode: 0o700 });
    await Deno.rename(fresh, path);
  }

  async #answer(request: Request): Promise<Response> {
    const answer = this.#open.get(new URL(request.url).pathname.slice(1));
    if (!answer || request.method !== "POST") {
      return new Response("There is no such push.\n", { status: 404 });
    }
    const refusal = await answer(Asked.parse(await request.json()));
    return refusal === null ? new Response(null, { status: 204 }) : new Response(refusal, { status: 422 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open.clear();
    await this.#server.shutdown();
  }
}
