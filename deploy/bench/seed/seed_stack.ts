import { join } from "@std/path";
import { freePort } from "../../testing/free_port.ts";
import { answering, serve } from "../peer_process.ts";
import { treeOf } from "./memory.ts";
import type { Redis } from "./redis.ts";
import { CLICK_PROMPT, FILMS, PROGRESS_PROMPT, type Stack } from "./stack.ts";

export const SEED_PACKAGES = [
  "fastapi==0.165.0",
  "uvicorn[standard]==0.54.0",
  "celery[redis]==5.7.0",
  "redis[hiredis]==8.1.0",
];

/** The seed's stack: FastAPI under uvicorn (uvloop, httptools), a Celery worker, one Redis for queue, results, records and progress. */
export async function openSeedStack(python: string, folder: string, redis: Redis): Promise<Stack> {
  await Deno.copyFile(join(import.meta.dirname!, "stack.py"), join(folder, "stack.py"));
  const port = freePort();
  const base = `http://127.0.0.1:${port}`;
  const token = crypto.randomUUID();
  const env = { REDIS_URL: redis.url, TOKEN: token };
  const api = serve(python, [
    ...["-m", "uvicorn", "stack:api", "--host", "127.0.0.1", "--port", String(port)],
    ...["--loop", "uvloop", "--http", "httptools", "--log-level", "error", "--no-access-log"],
  ], { cwd: folder, env });
  try {
    await answering(`${base}/healthz`, api);
  } catch (error) {
    await api[Symbol.asyncDispose]();
    throw error;
  }
  const body = (prompt: string, tier: string) => ({ node_id: "still", prompt, takes: 1, tier, seed: 7 });
  return {
    name: "FastAPI, Celery, Redis",
    target: {
      base,
      token,
      queued: {
        projects: Array.from({ length: FILMS }, (_, n) => `film-${n}`),
        body: body(CLICK_PROMPT, "high"),
      },
      click: { project: "film", body: body(CLICK_PROMPT, "standard") },
      film: { project: "film", body: body(PROGRESS_PROMPT, "standard") },
      screens: [token],
    },
    api: () => treeOf(api.pid),
    beside: () => treeOf(redis.pid),
    waiting: () => redis.length("gpu_24gb_queue"),
    openWorker(stamps) {
      const worker = serve(python, [
        ...["-m", "celery", "--app", "stack", "worker", "--queues", "gpu_16gb_queue", "--concurrency", "1"],
        ...["--loglevel", "ERROR", "--without-gossip", "--without-mingle"],
      ], { cwd: folder, env: { ...env, STAMPS: String(stamps) } });
      return Promise.resolve({ ...worker, pids: () => treeOf(worker.pid) });
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}
