import { Hono } from "hono";
import { FileLock, LockFile, UnlockQuery } from "../../shared/api/files.ts";
import { page } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId } from "../../shared/ids.ts";
import { may } from "../../shared/roles.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import { lockedWords, type LockRow } from "./locks.ts";

const tag = "locks";
/** More than people lock; a canvas shows them all. */
const MOST = 2000;

/** The same locks as those of `git lfs lock`, for the canvas. Mounted under /api. */
export function lockRoutes(): Hono<Env> {
  const app = new Hono<Env>();

  app.get(
    "/projects/:p/locks",
    operation({
      summary: "Who has which files locked, newest first",
      tag,
      response: { status: 200, schema: page(FileLock) },
    }),
    async (c) => {
      const user = requireUser(c);
      const { lfs, projects } = c.get("studio");
      const project = await projects.find(user.tenant_id, c.req.param("p"));
      const locks = await lfs.locks.list(project, {}, { limit: MOST });
      return c.json({ items: locks.map((lock) => view(lock, user.user_id)) });
    },
  );

  app.post(
    "/projects/:p/locks",
    operation({
      summary: "Lock a file: nobody else changes or replaces it",
      description: "423 with who holds it when somebody else does; one's own again is 200.",
      tag,
      may: "make",
      body: LockFile,
      response: { status: 201, or: 200, schema: FileLock },
    }),
    async (c) => {
      const user = requireUser(c);
      const { lfs, projects } = c.get("studio");
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"));
      const { path } = await parseBody(c, LockFile);
      const { lock, made } = await lfs.locks.create(project, { path, ref: null, userId: user.user_id });
      if (lock.user_id !== user.user_id) throw new ProblemError("locked", lockedWords(lock));
      return c.json(view(lock, user.user_id), made ? 201 : 200);
    },
  );

  app.delete(
    "/projects/:p/locks/:lock",
    operation({
      summary: "Unlock a file; somebody else's with `force`, as an owner of the studio",
      tag,
      may: "make",
      query: UnlockQuery,
      response: { status: 204, description: "It is unlocked" },
    }),
    async (c) => {
      const user = requireUser(c);
      const { lfs, projects } = c.get("studio");
      const project = await projects.find(user.tenant_id, c.req.param("p"));
      const { force } = parseQuery(c, UnlockQuery);
      const id = c.req.param("lock");
      const [lock] = isId(id) ? await lfs.locks.list(project, { id }) : [];
      if (!lock) throw new ProblemError("not_found", "That lock is gone already.");
      const others = lock.user_id !== user.user_id;
      if (others && force !== "true") throw new ProblemError("locked", lockedWords(lock));
      if (others && !may(user, "people")) {
        throw new ProblemError(
          "forbidden",
          `Only an owner of the studio breaks the lock of somebody else. Ask ${lock.owner}, or an owner.`,
        );
      }
      await lfs.locks.release(project, lock, user);
      return c.body(null, 204);
    },
  );

  return app;
}

function view(lock: LockRow, userId: string): FileLock {
  return {
    id: lock.id,
    path: lock.path,
    owner: lock.owner,
    owner_id: lock.user_id,
    ours: lock.user_id === userId,
    locked_at: lock.locked_at.toISOString(),
  };
}
