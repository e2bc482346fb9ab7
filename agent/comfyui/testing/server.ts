import type { Workflow } from "../../../shared/runners/manifest.ts";
import { Sockets } from "./sockets.ts";
import { type Card, statsOf } from "./stats.ts";
import { type Installed, type ObjectInfo, validate } from "../validate.ts";
import { type Entry, execute, type Job, keyOf, type Mishap, type Stage } from "./worker.ts";

export interface TestComfyOptions {
  /** Default "0.3.64". Later versions want UUIDs, have /api/jobs, and name a missing node otherwise. */
  version?: string;
  objectInfo: ObjectInfo;
  models?: Record<string, string[]>;
  /** Default: `--cpu`. */
  card?: Card;
  port?: number;
}

/**
 * A server that speaks ComfyUI's HTTP and WebSocket over real sockets, modelled on traces of 0.3.64, and misbehaves on
 * demand: set `mishap`, and the next prompt meets it.
 */
export class TestComfyUi implements AsyncDisposable {
  mishap: Mishap | null = null;
  /** What was asked, `POST /prompt`, oldest first. */
  readonly asked: string[] = [];
  readonly prompts: Job[] = [];
  readonly files = new Map<string, Uint8Array>();
  readonly uploads = new Map<string, Uint8Array>();

  readonly #options: TestComfyOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #sockets = new Sockets();
  #history = new Map<string, Entry>();
  #pending: Job[] = [];
  #running: Job | null = null;
  #interrupt = false;
  #cache: Stage["cache"] = new Map();
  #hold = Promise.withResolvers<void>();
  #errors = 0;
  #silent = false;
  #life = 0;
  #number = 0;

  constructor(options: TestComfyOptions) {
    this.#options = options;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: options.port ?? 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Lets a slow prompt take its next steps, all of them. */
  release(): void {
    this.#hold.resolve();
  }

  /** How often a client's socket has connected. */
  connectionsOf(clientId: string | null | undefined): number {
    return this.#sockets.connections.get(clientId ?? "") ?? 0;
  }

  get running(): Job | null {
    return this.#running;
  }

  /** As after `kill` and a start: files stay, everything else is gone. */
  restart(): void {
    this.#life++;
    this.#history = new Map();
    this.#pending = [];
    this.#running = null;
    this.#cache = new Map();
    this.#sockets.closeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life++;
    this.release();
    this.#sockets.closeAll();
    this.#silent = false;
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.startsWith("/api/jobs")
      ? url.pathname
      : url.pathname.replace(/^\/api(?=\/)/, "");
    this.asked.push(`${request.method} ${path}`);
    const origin = request.headers.get("origin");
    if (origin !== null && origin !== "null" && new URL(origin).host !== url.host) {
      return new Response("Forbidden", { status: 403 });
    }
    if (path === "/ws") return this.#socket(request, url);
    if (this.#silent) {
      await new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve()));
    }
    if (this.#errors > 0 && path !== "/prompt") {
      this.#errors--;
      return new Response("500 Internal Server Error", { status: 500 });
    }
    return await this.#route(request, path, url.searchParams);
  }

  async #route(request: Request, path: string, query: URLSearchParams): Promise<Response> {
    const [, first, second] = path.split("/");
    const current = this.#current();
    switch (`${request.method} /${first}`) {
      case "POST /prompt":
        return await this.#submit(await request.json());
      case "GET /prompt":
        return Response.json({ exec_info: { queue_remaining: this.#remaining() } });
      case "GET /queue":
        return Response.json({
          queue_running: this.#running ? [asItem(this.#running)] : [],
          queue_pending: this.#pending.map(asItem),
        });
      case "POST /queue": {
        const { delete: ids = [] } = await request.json();
        this.#pending = this.#pending.filter((job) => !ids.includes(job.id));
        return new Response();
      }
      case "GET /history": {
        const entry = this.#history.get(second ?? "");
        return Response.json(entry ? { [second!]: entry } : {});
      }
      case "POST /interrupt": {
        const { prompt_id } = await request.json().catch(() => ({}));
        if (prompt_id === undefined || prompt_id === this.#running?.id) this.#stop();
        return new Response();
      }
      case "POST /free":
        await request.json();
        return new Response();
      case "POST /api":
        return current && path.endsWith("/cancel") ? this.#cancel(path.split("/")[3]!) : notFound();
      case "GET /features":
        return Response.json({ supports_preview_metadata: true, max_upload_size: 104857600 });
      case "GET /system_stats":
        return Response.json(statsOf(this.#options));
      case "GET /object_info":
        return Response.json(this.#options.objectInfo);
      case "GET /models": {
        const models = this.#options.models ?? {};
        if (second === undefined) return Response.json(Object.keys(models));
        return second in models || STANDARD_FOLDERS.includes(second)
          ? Response.json(models[second] ?? [])
          : notFound();
      }
      case "POST /upload":
        return await this.#upload(await request.formData());
      case "GET /view": {
        const bytes = this.files.get(`${query.get("subfolder") ?? ""}/${query.get("filename")}`);
        return bytes ? new Response(bytes.slice()) : notFound();
      }
      default:
        return notFound();
    }
  }

  async #submit(body: { prompt: Workflow; prompt_id?: string; client_id?: string }): Promise<Response> {
    const id = body.prompt_id ?? crypto.randomUUID();
    if (this.#current() && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
      return Response.json(
        {
          error: {
            type: "invalid_prompt_id",
            message: "prompt_id must be a UUID",
            details: "",
            extra_info: {},
          },
          node_errors: {},
        },
        { status: 400 },
      );
    }
    const verdict = validate(body.prompt, this.#installed());
    if (verdict.error) {
      return Response.json({ error: verdict.error, node_errors: verdict.node_errors }, { status: 400 });
    }
    const job: Job = {
      number: this.#number++,
      id,
      prompt: body.prompt,
      clientId: body.client_id ?? null,
      outputs: verdict.outputs,
      mishap: this.mishap,
    };
    this.mishap = null;
    this.prompts.push(job);
    this.#pending.push(job);
    this.#sockets.status(this.#remaining());
    void this.#work(this.#life);
    if (job.mishap === "lost_answer") {
      await Promise.resolve();
      return new Response("502 Bad Gateway", { status: 502 });
    }
    return Response.json({ prompt_id: id, number: job.number, node_errors: verdict.node_errors });
  }

  async #work(life: number): Promise<void> {
    const job = this.#running ? undefined : this.#pending.shift();
    if (!job) return;
    this.#running = job;
    this.#interrupt = false;
    this.#hold = Promise.withResolvers<void>();
    this.#sockets.status(this.#remaining());
    if (job.mishap === "cached") this.#cacheWhole(job);
    this.#meet(job);
    const entry = await execute(job, this.#stage(job, life));
    if (life !== this.#life) return;
    if (job.mishap === "late_history") {
      await new Promise((resolve) => setTimeout(resolve, 700));
      if (life !== this.#life) return;
    }
    this.#history.set(job.id, entry);
    this.#running = null;
    this.#sockets.status(this.#remaining());
    this.#sockets.tell(job.clientId, "executing", { node: null, prompt_id: job.id });
    await this.#work(life);
  }

  /** Mishaps that are the server's, not the prompt's. */
  #meet(job: Job): void {
    if (job.mishap === "silent") this.#silent = true;
    if (job.mishap === "server_errors") this.#errors = 3;
    if (job.mishap === "restart") this.restart();
    if (job.mishap === "stale_socket" && job.clientId) {
      job.mishap = "slow";
      this.#sockets.makeStale(job.clientId);
    }
  }

  #stage(job: Job, life: number): Stage {
    return {
      send: (type, data) => life === this.#life && this.#sockets.tell(job.clientId, type, data),
      preview: (nodeId, image) => life === this.#life && this.#sockets.preview(job, nodeId, image),
      interrupted: () => this.#interrupt,
      held: () => this.#hold.promise,
      files: this.files,
      cache: this.#cache,
    };
  }

  /** As if the very same graph had run before: only the names of its files are others. */
  #cacheWhole(job: Job): void {
    for (const entry of this.#history.values()) {
      for (const output of Object.values(entry.outputs)) {
        for (const id of Object.keys(job.prompt)) {
          this.#cache.set(id, {
            key: keyOf(job.prompt, id),
            output: job.outputs.includes(id) ? output : null,
          });
        }
      }
    }
  }

  #stop(): void {
    this.#interrupt = true;
    this.release();
  }

  #cancel(id: string): Response {
    if (this.#running?.id === id) this.#stop();
    const before = this.#pending.length;
    this.#pending = this.#pending.filter((job) => job.id !== id);
    return Response.json({ cancelled: this.#running?.id === id || this.#pending.length < before });
  }

  #socket(request: Request, url: URL): Response {
    const clientId = url.searchParams.get("clientId") ?? crypto.randomUUID();
    return this.#sockets.accept(request, clientId, () => ({
      remaining: this.#remaining(),
      node: this.#running?.clientId === clientId ? Object.keys(this.#running.prompt)[0]! : null,
    }));
  }

  async #upload(form: FormData): Promise<Response> {
    const file = form.get("image");
    if (!(file instanceof File)) return new Response(null, { status: 400 });
    const subfolder = String(form.get("subfolder") ?? "");
    const bytes = new Uint8Array(await file.arrayBuffer());
    const [, stem, extension] = /^(.*?)(\.[^.]*)?$/.exec(file.name)!;
    let name = file.name;
    const at = (each: string) => subfolder ? `${subfolder}/${each}` : each;
    for (let n = 1; this.uploads.has(at(name)) && !same(this.uploads.get(at(name))!, bytes); n++) {
      name = `${stem} (${n})${extension ?? ""}`;
    }
    this.uploads.set(at(name), bytes);
    return Response.json({ name, subfolder, type: String(form.get("type") ?? "input") });
  }

  #installed(): Installed {
    return {
      objectInfo: this.#options.objectInfo,
      models: this.#options.models ?? {},
      uploads: new Set(this.uploads.keys()),
      current: this.#current(),
    };
  }

  #current(): boolean {
    return (this.#options.version ?? "0.3.64") !== "0.3.64";
  }

  #remaining(): number {
    return this.#pending.length + (this.#running ? 1 : 0);
  }
}

const STANDARD_FOLDERS = ["checkpoints", "diffusion_models", "text_encoders", "vae", "loras", "controlnet"];

function asItem(job: Job): unknown[] {
  return [job.number, job.id, job.prompt, { client_id: job.clientId }, job.outputs];
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function notFound(): Response {
  return new Response("404: Not Found", { status: 404 });
}
