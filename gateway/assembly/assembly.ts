import { ProblemError } from "../../shared/http/problem.ts";
import { parseEdl } from "../../shared/edl/mod.ts";
import { isId } from "../../shared/ids.ts";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { RATES } from "../../shared/time/rate.ts";
import type { OutboxWriter } from "../git/mod.ts";
import type { Studio } from "../studio.ts";
import { conformFilm } from "./conform.ts";
import { carriedNow, cutList, cutListOf, listText } from "./cut_list.ts";
import type { Assembly, ExportRow } from "./mod.ts";
import { recordFilm } from "./record.ts";
import { renderFilm } from "./render.ts";
import * as store from "./store.ts";
import { viewExport } from "./view.ts";

export function createAssembly(studio: Studio): Assembly {
  function publish(row: ExportRow): void {
    studio.events.publish(row.tenant_id, row.project_id, { type: "export", export: viewExport(row) });
  }

  return {
    render: (project, user, body) => renderFilm(studio, project, user, body),
    cutList: (project, assembler, format) => cutList(studio, project, assembler, format),
    carried: (project, assembler) => carriedNow(studio, project, assembler),
    cutListOf: (project, row, format) => cutListOf(studio, project, row, format),
    conform: (project, user, assembler, body) => conformFilm(studio, project, user, assembler, body),
    record: recordFilm,

    announce(row) {
      publish(row);
      studio.git.wake(row.project_id);
      return Promise.resolve();
    },

    async list(projectId, { cursor, limit }) {
      if (cursor !== undefined && !isId(cursor)) {
        throw new ProblemError(
          "invalid_request",
          "The cursor is not one that this list gave; start without.",
        );
      }
      const rows = await store.exportsOfProject(studio.db.sql, projectId, {
        before: cursor ?? null,
        limit: limit + 1,
      });
      const items = rows.slice(0, limit);
      return rows.length > limit ? { items, next: items.at(-1)!.id } : { items };
    },

    async find(projectId, exportId) {
      const row = isId(exportId) ? await store.exportById(studio.db.sql, projectId, exportId) : null;
      if (!row) throw new ProblemError("not_found", "There is no such render in this project.");
      return row;
    },

    view: (rows) => Promise.resolve(rows.map(viewExport)),
    outbox: exportWriter(studio, publish),
  };
}

/** The film's pointer and its list, as CMX3600 and as OpenTimelineIO, side by side. Replaying it writes the same files. */
function exportWriter(studio: Studio, publish: (row: ExportRow) => void): OutboxWriter {
  return {
    async changes(q, { project_id, subject }) {
      const row = subject ? await store.exportById(q, project_id, subject) : null;
      if (!row || row.oid === null || row.size === null) return null;
      const project = await studio.projects.byId(q, project_id);
      if (!project) return null;
      const timeline = parseEdl(row.edl, RATES[project.fps]);
      const takes = await studio.takes.all(q, project_id);
      const sounds = await studio.assets.audio(q, project_id);
      const otio = listText(timeline, { takes, sounds, project }, "otio");
      return {
        message: `${row.name}: film of ${row.frames} frames`,
        changes: [
          { path: row.path, content: writePointer({ oid: row.oid, size: row.size }) },
          { path: row.edl_path, content: row.edl },
          { path: row.edl_path.replace(/edl$/, "otio"), content: otio },
        ],
      };
    },
    async committed(q, { project_id, subject }) {
      const row = subject ? await store.markCommitted(q, project_id, subject) : null;
      if (row) return () => publish(row);
    },
  };
}
