import type { Context } from "hono";
import { z } from "zod";
import { ProblemError } from "../../shared/http/problem.ts";
import { Id, isId } from "../../shared/ids.ts";
import { may } from "../../shared/roles.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { parseBody, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { accessTo, projectOf, type Repository } from "./access.ts";
import { LFS_JSON } from "./errors.ts";
import type { LockRow } from "./locks.ts";

const DEFAULT_LIMIT = 100;

const Ref = z.object({ name: z.string().max(300).optional() }).nullish();
/** A file of the repository: no absolute path, nothing above it. */
const Path = z.string().min(1).max(1000).refine(
  (path) => path.split("/").every((part) => part !== "" && part !== "." && part !== ".."),
  "must be a path inside the repository, with / between folders",
);
/** Absent or 0 in real requests: no limit of the client's own (lfs-test-server#73 gave them page after page, for ever). */
const Limit = z.coerce.number().int().min(0).default(0)
  .transform((limit) => limit === 0 ? DEFAULT_LIMIT : Math.min(limit, DEFAULT_LIMIT));
const Cursor = z.union([z.literal("").transform(() => undefined), Id]).optional();

const CreateLock = z.object({ path: Path, ref: Ref });
const ListLocks = z.object({
  path: z.string().optional(),
  id: z.string().optional(),
  cursor: Cursor,
  limit: Limit,
  refspec: z.string().optional(),
});
const VerifyLocks = z.object({ ref: Ref, cursor: Cursor, limit: Limit });
const Unlock = z.object({ force: z.boolean().default(false), ref: Ref });

const BODY = { limit: 16 * 1024 };

/** The locking API of Git LFS (docs/api/locking.md), below `/git/:tenant/:project.git/info/lfs`. */
export function addLockRoutes(app: Router): void {
  const base = "/git/:tenant/:repository/info/lfs/locks";

  app.post(base, async (c) => {
    const project = await projectOf(c);
    const user = requireWriter(c, project);
    const { path, ref } = await parseBody(c, CreateLock, BODY);
    const { lock, made } = await c.get("studio").lfs.locks.create(project, {
      path,
      ref: ref?.name ?? null,
      userId: user.user_id,
    });
    return made
      ? answer(c, { lock: view(lock) }, 201)
      : answer(c, { lock: view(lock), message: `${lock.path} is locked by ${lock.owner} already.` }, 409);
  });

  app.get(base, async (c) => {
    const project = await projectOf(c);
    accessTo(c.get("principal"), project);
    const { path, id, cursor, limit } = parseQuery(c, ListLocks);
    if (id !== undefined && !isId(id)) return answer(c, { locks: [] });
    const rows = await c.get("studio").lfs.locks.list(project, { path, id }, { cursor, limit: limit + 1 });
    const page = rows.slice(0, limit);
    return answer(c, { locks: page.map(view), ...next(rows, page) });
  });

  app.post(`${base}/verify`, async (c) => {
    const project = await projectOf(c);
    const user = requireWriter(c, project);
    const { cursor, limit } = await parseBody(c, VerifyLocks, BODY);
    const rows = await c.get("studio").lfs.locks.list(project, {}, { cursor, limit: limit + 1 });
    const page = rows.slice(0, limit);
    return answer(c, {
      ours: page.filter((lock) => lock.user_id === user.user_id).map(view),
      theirs: page.filter((lock) => lock.user_id !== user.user_id).map(view),
      ...next(rows, page),
    });
  });

  app.post(`${base}/:id/unlock`, async (c) => {
    const project = await projectOf(c);
    const user = requireWriter(c, project);
    const { force } = await parseBody(c, Unlock, BODY);
    const { locks } = c.get("studio").lfs;
    const id = c.req.param("id");
    const [lock] = isId(id) ? await locks.list(project, { id }) : [];
    if (lock && lock.user_id !== user.user_id && (!force || !may(user, "people"))) {
      throw new ProblemError(
        "forbidden",
        `${lock.path} is locked by ${lock.owner}; ask them, or an owner of the studio, who can break the lock with ` +
          "`git lfs unlock --force`.",
      );
    }
    if (!lock || !await locks.release(project, lock, user)) {
      throw new ProblemError("not_found", `There is no lock ${id} here (any more); see \`git lfs locks\`.`);
    }
    return answer(c, { lock: view(lock) });
  });
}

/** Locks are people's: an agent works on files of its own. */
function requireWriter(c: Context<Env>, project: Repository): UserPrincipal {
  const principal = c.get("principal");
  const { write } = accessTo(principal, project);
  if (principal.kind !== "user" || !write) {
    throw new ProblemError(
      "forbidden",
      "You may read this project's files but not lock any; ask its owner for the artist role.",
    );
  }
  return principal;
}

function view({ id, path, owner, locked_at }: LockRow) {
  // RFC 3339 in whole seconds: the form that the schema of git-lfs asks for.
  return { id, path, locked_at: locked_at.toISOString().replace(/\.\d+Z$/, "Z"), owner: { name: owner } };
}

/** No cursor on the last page: a client asks on for as long as it gets one. */
function next(rows: LockRow[], page: LockRow[]): { next_cursor?: string } {
  return rows.length > page.length ? { next_cursor: page.at(-1)!.id } : {};
}

function answer(c: Context<Env>, body: unknown, status: 200 | 201 | 409 = 200): Response {
  return c.body(JSON.stringify(body), status, { "Content-Type": LFS_JSON });
}
