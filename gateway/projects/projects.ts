import type { z } from "zod";
import type { CreateProject, Project } from "../../shared/api/project.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { RATES } from "../../shared/time/rate.ts";
import { canDrop } from "../../shared/time/timecode.ts";
import { isId } from "../../shared/ids.ts";
import { MAIN } from "../../shared/project/branch.ts";
import { writeManifest } from "../../shared/project/manifest.ts";
import { writeAudit } from "../audit/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { publicUrlOf } from "../config.ts";
import { enqueue } from "../git/mod.ts";
import type { Studio } from "../studio.ts";
import { duplicate } from "./duplicate.ts";
import type { ProjectRow, Projects } from "./mod.ts";
import * as store from "./store.ts";

export function createProjects(studio: Studio): Projects {
  /** The repository of a project whose row stands. Done twice changes nothing. */
  async function makeRepository(project: ProjectRow): Promise<void> {
    const manifest = await studio.canvas.manifest(studio.db.sql, project);
    await studio.git.createRepository(project, writeManifest(manifest));
  }

  async function find(tenantId: string, idOrSlug: string, branch: string = MAIN): Promise<ProjectRow> {
    const row = await store.projectOfTenant(
      studio.db.sql,
      tenantId,
      isId(idOrSlug) ? { id: idOrSlug } : { slug: idOrSlug },
    );
    if (!row) throw noProject();
    return branch === MAIN ? row : await studio.branches.at(row, branch);
  }

  async function create(user: UserPrincipal, body: z.infer<typeof CreateProject>): Promise<ProjectRow> {
    if (body.drop_frame && !canDrop(RATES[body.fps])) {
      throw new ProblemError(
        "invalid_request",
        `Drop-frame timecode exists at 29.97 and 59.94 frames a second only; this film has ${body.fps}.`,
      );
    }
    const project = await studio.db.sql.begin(async (tx) => {
      const row = await store.insertProject(tx, user.tenant_id, body);
      await studio.canvas.create(tx, row);
      await writeAudit(tx, {
        tenantId: user.tenant_id,
        who: user,
        what: "project_made",
        subject: { id: row.id, name: row.title },
      });
      return row;
    }) as ProjectRow;
    try {
      await makeRepository(project);
    } catch (error) {
      // No half project. If this gateway dies before it gets here, repair() finishes it at the next start.
      await studio.db.sql.begin((tx) => store.deleteProject(tx, project.id));
      throw error;
    }
    studio.log.info("A project was made", { project: project.id, slug: project.slug });
    return project;
  }

  return {
    create,
    duplicate: (user, from, title) => duplicate(studio, create, { user, from, title }),

    async adopt(tx, user, given) {
      const row = await store.insertProject(tx, user.tenant_id, {
        ...given,
        title: await store.freeTitle(tx, user.tenant_id, given.title),
      });
      await writeAudit(tx, {
        tenantId: user.tenant_id,
        who: user,
        what: "project_made",
        subject: { id: row.id, name: row.title },
        detail: { imported: true },
      });
      return row;
    },

    async list(tenantId, { cursor, limit, archived }) {
      if (cursor !== undefined && !isId(cursor)) {
        throw new ProblemError(
          "invalid_request",
          "The cursor is not one that this list gave; start without.",
        );
      }
      const rows = await store.listProjects(studio.db.sql, tenantId, {
        before: cursor ?? null,
        limit: limit + 1,
        archived,
      });
      const items = rows.slice(0, limit);
      return rows.length > limit ? { items, next: items.at(-1)!.id } : { items };
    },

    find,

    async findForChange(tenantId, idOrSlug, branch) {
      return requireOpen(await find(tenantId, idOrSlug, branch));
    },

    byId: store.projectById,

    bySlug: (tenantSlug, slug) => store.projectBySlugs(studio.db.sql, tenantSlug, slug),

    async update(project, { title, description, quality, ...body }, by, userId) {
      const own = { title, description, quality };
      const changed = await studio.db.sql.begin(async (tx) => {
        const updated = await store.updateProject(
          tx,
          project.id,
          project.branch === MAIN ? { ...body, ...own } : body,
        );
        const row = project.branch === MAIN
          ? updated
          : await studio.branches.setSettings(tx, { ...updated, branch: project.branch }, own);
        if (
          row.title !== project.title || row.description !== project.description ||
          row.quality !== project.quality
        ) {
          await enqueue(tx, {
            tenant_id: row.tenant_id,
            project_id: row.id,
            branch: row.branch,
            kind: "manifest",
            subject: null,
            author: by,
          });
        }
        if ((row.archived_at === null) !== (project.archived_at === null)) {
          await writeAudit(tx, {
            tenantId: row.tenant_id,
            who: { user_id: userId, name: by },
            what: row.archived_at ? "project_archived" : "project_restored",
            subject: { id: row.id, name: row.title },
          });
        }
        if (row.min_reputation !== project.min_reputation) {
          await writeAudit(tx, {
            tenantId: row.tenant_id,
            who: { user_id: userId, name: by },
            what: "placement_changed",
            subject: { id: row.id, name: row.title },
            detail: { min_reputation: row.min_reputation, was: project.min_reputation },
          });
        }
        if (row.trust !== project.trust) {
          await writeAudit(tx, {
            tenantId: row.tenant_id,
            who: { user_id: userId, name: by },
            what: "placement_changed",
            subject: { id: row.id, name: row.title },
            detail: { trust: row.trust, was: project.trust },
          });
        }
        return row;
      }) as ProjectRow;
      studio.git.wake(project.id);
      // What waits already obeys as well.
      if (changed.trust !== project.trust) await studio.jobs.placeAgain(project.id);
      if (changed.min_reputation !== project.min_reputation) studio.agents.forget(project.tenant_id);
      return changed;
    },

    async view(projects) {
      const posters = await posterUrls(studio, projects);
      const base = publicUrlOf(studio.config);
      return projects.map((project): Project => ({
        id: project.id,
        slug: project.slug,
        title: project.title,
        description: project.description,
        fps: project.fps,
        width: project.width,
        height: project.height,
        quality: project.quality,
        fallback: project.fallback,
        pools: project.pools,
        trust: project.trust,
        min_reputation: project.min_reputation,
        drop_frame: project.drop_frame,
        pixel_aspect: project.pixel_aspect,
        archived: project.archived_at !== null,
        git_url: `${base}/git/${project.tenant_slug}/${project.slug}.git`,
        poster_url: posters.get(project.id) ?? null,
        created_at: project.created_at.toISOString(),
        updated_at: project.updated_at.toISOString(),
        ...(project.worked_at ? { worked_at: project.worked_at.toISOString() } : {}),
      }));
    },

    async repair() {
      let repaired = 0;
      for (const project of await store.allProjects(studio.db.sql)) {
        await studio.git.settleImport(project);
        if (await exists(studio.git.path(project))) continue;
        if (await store.hasHistory(studio.db.sql, project.id)) {
          // An empty repository in its place would hide that the volume is missing.
          studio.log.error(
            "A project's repository is missing; mount the volume of the repositories or restore it",
            {
              project: project.id,
              slug: project.slug,
            },
          );
          continue;
        }
        await makeRepository(project);
        studio.log.warn("A project had no repository yet; it was made", { project: project.id });
        repaired++;
      }
      return repaired;
    },
  };
}

export function noProject(): ProblemError {
  return new ProblemError("not_found", "There is no such project in this studio.");
}

/** The project; ProblemError archived when nothing in it may be changed. */
export function requireOpen(project: ProjectRow): ProjectRow {
  if (!project.archived_at) return project;
  throw new ProblemError(
    "archived",
    `"${project.title}" is archived, so nothing in it changes. Take it out of the archive first.`,
  );
}

async function posterUrls(studio: Studio, projects: ProjectRow[]): Promise<Map<string, string>> {
  if (!projects.length) return new Map();
  const takes = await store.posterTakes(studio.db.sql, projects.map((project) => project.id));
  const views = takes.length ? await studio.takes.view(takes) : [];
  return new Map(views.flatMap((take) => take.poster_url ? [[take.project_id, take.poster_url]] : []));
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
