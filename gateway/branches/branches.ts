import type { Branch } from "../../shared/api/branches.ts";
import type { AuditWhat } from "../../shared/api/audit.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { MAIN } from "../../shared/project/branch.ts";
import { writeAudit } from "../audit/mod.ts";
import { branchRef, headOf, KEPT } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { joinKept } from "./bring_back.ts";
import { adoptBranch, createBranch } from "./create.ts";
import { mergeBranch } from "./merge.ts";
import type { Branches, BranchRow, Who } from "./mod.ts";
import { pushFaults } from "./push_faults.ts";
import { headNames, keep, keptRef, moveRefs, readTips } from "./refs.ts";
import * as store from "./store.ts";
import { viewBranches } from "./view.ts";

export function createBranches(studio: Studio): Branches {
  const { sql } = studio.db;

  /** Its ref as the row says it shall be; then the row says that it is. */
  async function settle(project: ProjectRow, row: BranchRow): Promise<void> {
    await studio.git.alone(project, async (gitDir) => {
      if (row.doing === "restore") await joinKept(studio, project, row);
      await moveRefs(gitDir, row);
    });
    await store.done(sql, row);
    const commit = row.doing === "discard" ? null : await headOf(studio.git.path(project), row.name);
    studio.events.publish(project.tenant_id, project.id, { type: "branch", name: row.name, commit });
    // What was decided on its canvas meanwhile has a place to go to again.
    studio.git.wake(project.id);
  }

  const noted = (project: ProjectRow, row: BranchRow, who: Who, what: AuditWhat) =>
    writeAudit(sql, {
      tenantId: project.tenant_id,
      who,
      what,
      subject: { id: project.id, name: row.title },
      detail: { project: project.title },
    });

  async function finish(project: ProjectRow): Promise<void> {
    for (const row of await store.unfinished(sql, project.id)) await settle(project, row);
  }

  /** The row as it is once nothing is being done to it; also that of a branch that was there before there were rows. */
  async function rowOf(project: ProjectRow, name: string): Promise<BranchRow | null> {
    let row = await store.branchByName(sql, project.id, name);
    if (row?.doing) {
      await settle(project, row);
      row = await store.branchByName(sql, project.id, name);
    }
    if (row) return row;
    const at = (await headNames(studio.git.path(project))).get(name);
    if (at === undefined) return null;
    await room.adopt(project, name, { at, by: "Studio" });
    return await store.branchByName(sql, project.id, name);
  }

  /** A branch in use, that is to be changed. */
  async function own(project: ProjectRow, name: string): Promise<BranchRow> {
    if (name === MAIN) {
      throw new ProblemError(
        "unprocessable",
        "Main is the project itself: it is neither renamed nor discarded.",
      );
    }
    const row = await rowOf(project, name);
    if (!row) throw unknown(name);
    if (row.discarded_at) throw discarded(row);
    return row;
  }

  async function view(project: ProjectRow, rows: BranchRow[], main: boolean): Promise<Branch[]> {
    const refs = rows.map((row) => branchRef(row.kept_ref ?? row.name));
    const tips = await readTips(studio.git.path(project), [...main ? [branchRef(MAIN)] : [], ...refs]);
    return viewBranches(project, rows, tips, main);
  }
  const one = async (project: ProjectRow, name: string): Promise<Branch> => {
    const row = name === MAIN ? null : await store.branchByName(sql, project.id, name);
    return (await view(project, row ? [row] : [], name === MAIN))[0]!;
  };

  const room: Branches = {
    async at(project, name) {
      if (name === MAIN) return { ...project, branch: MAIN };
      const row = await rowOf(project, name);
      if (!row) throw unknown(name);
      if (row.discarded_at) throw discarded(row);
      return overlaid(project, row);
    },

    async known(q, project, name) {
      const row = await store.branchByName(q, project.id, name);
      return row ? overlaid(project, row) : { ...project, branch: name };
    },

    async refOf(project, name) {
      if (name === MAIN) return MAIN;
      const row = await store.branchByName(sql, project.id, name);
      return row?.discarded_at && row.kept_ref ? row.kept_ref : name;
    },

    async setSettings(tx, project, settings) {
      const given = Object.fromEntries(Object.entries(settings).filter(([, each]) => each !== undefined));
      return overlaid(project, await store.setSettings(tx, project, given));
    },

    async list(project, options) {
      await finish(project);
      const known = new Set((await store.branchesOf(sql, project.id)).map((row) => row.name));
      for (const [name, at] of await headNames(studio.git.path(project))) {
        if (name !== MAIN && !known.has(name)) await room.adopt(project, name, { at, by: "Studio" });
      }
      const rows = await store.branchesOf(sql, project.id);
      const wanted = rows.filter((row) => (row.discarded_at !== null) === options.discarded);
      return await view(project, wanted, !options.discarded);
    },

    async find(project, name) {
      if (name !== MAIN && !await rowOf(project, name)) throw unknown(name);
      return await one(project, name);
    },

    async create(project, body, user) {
      const row = await createBranch(studio, project, body, user);
      await settle(project, row);
      await noted(project, row, user, "branch_made");
      return await one(project, row.name);
    },

    async rename(project, name, title) {
      await own(project, name);
      await store.setTitle(sql, project.id, name, title);
      const branch = await one(project, name);
      studio.events.publish(project.tenant_id, project.id, { type: "branch", name, commit: branch.commit });
      return branch;
    },

    async discard(project, name, who) {
      const row = await own(project, name);
      const kept_ref = keptRef(KEPT, name, new Date());
      const begun = await store.begin(sql, row, { doing: "discard", kept_ref, by: who.name });
      if (!begun) throw busy(name);
      await settle(project, begun);
      await noted(project, row, who, "branch_discarded");
      return await one(project, name);
    },

    async restore(project, name, who) {
      if (name === MAIN) throw new ProblemError("conflict", "main is in use; it cannot be discarded.");
      const row = await rowOf(project, name);
      if (!row) throw unknown(name);
      if (!row.discarded_at) {
        throw new ProblemError("conflict", `"${row.title}" is in use; it was not discarded.`);
      }
      const begun = await store.begin(sql, row, { doing: "restore" });
      if (!begun) throw busy(name);
      await settle(project, begun);
      await noted(project, row, who, "branch_restored");
      return await one(project, name);
    },

    merge: (project, from, body, user) => mergeBranch(studio, project, from, body, user),

    async adopt(project, name, from) {
      const row = await store.branchByName(sql, project.id, name);
      if (!row) await adoptBranch(studio, project, name, from);
      else if (row.doing) await settle(project, row);
      else if (row.discarded_at) {
        const begun = await store.begin(sql, row, { doing: "restore" });
        if (begun) await settle(project, begun);
      } else return overlaid(project, row);
      const commit = await headOf(studio.git.path(project), name);
      studio.events.publish(project.tenant_id, project.id, { type: "branch", name, commit });
      return await room.known(sql, project, name);
    },

    async pushFaults(project, changes, env) {
      const rows = await store.branchesOf(sql, project.id);
      return await pushFaults(studio.git.path(project), rows, changes, env);
    },

    async keptTip(project, name) {
      const row = await store.branchByName(sql, project.id, name);
      return row?.kept_ref ? await headOf(studio.git.path(project), row.kept_ref) : null;
    },

    async pushedAway(project, name, tip, who) {
      await room.adopt(project, name, { at: tip, by: who.name });
      const row = await own(project, name);
      const kept_ref = keptRef(KEPT, name, new Date());
      const begun = await store.begin(sql, row, { doing: "discard", kept_ref, by: who.name });
      // Git deletes its ref when the hook has answered: by then another holds the commits.
      // Git deletes its ref when the hook has answered: by then another holds the commits.
      if (!begun) return;
      await keep(studio.git.path(project), kept_ref, tip);
      await noted(project, row, who, "branch_discarded");
    },

    finish,

    async repair() {
      for (const id of await store.projectsUnfinished(sql)) {
        const project = await studio.projects.byId(sql, id);
        await (project && finish(project))?.catch((error) =>
          studio.log.error("What was begun with a project's branches could not be finished", {
            project: id,
            error,
          })
        );
      }
    },
  };
  return room;
}

function overlaid(project: ProjectRow, { name, settings }: BranchRow): ProjectRow {
  return { ...project, ...settings, branch: name };
}

function unknown(name: string): ProblemError {
  return new ProblemError("not_found", `This project has no branch "${name.slice(0, 120)}".`);
}

function discarded(row: BranchRow): ProblemError {
  return new ProblemError(
    "not_found",
    `"${row.title}" was discarded by ${row.discarded_by}. Bring it back to go on with it.`,
  );
}

function busy(name: string): ProblemError {
  return new ProblemError("conflict", `Somebody else is just changing "${name}"; look again.`);
}
