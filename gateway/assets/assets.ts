import { ASSET_FOLDERS, type FileAsset, LARGEST_PICTURE } from "../../shared/assets/asset.ts";
import { fileNames } from "../../shared/assets/file_name.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId, uuidv7 } from "../../shared/ids.ts";
import { Oid, writePointer } from "../../shared/lfs/pointer.ts";
import { contentTypeOf } from "../../shared/media/format.ts";
import { enqueue } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { readContent } from "./content.ts";
import type { AssetRow, Assets, Content } from "./mod.ts";
import * as store from "./store.ts";
import { createThumbnails } from "./thumbnails.ts";
import { viewAsset } from "./view.ts";

/** Names tried before a person is asked for another one. */
const MOST_NAMES = 1000;

export function createAssets(studio: Studio): Assets {
  const thumbnails = createThumbnails(studio);
  async function checked(project: ProjectRow, body: FileAsset): Promise<Content> {
    const rule = ASSET_FOLDERS[body.folder];
    if (body.size > rule.largest) {
      throw new ProblemError(
        "too_large",
        `${body.name} has ${megabytes(body.size)}; ${body.folder} takes files of at most ${
          megabytes(rule.largest)
        }.`,
      );
    }
    const ready = await studio.lfs.ready(studio.db.sql, project.id, body.oid);
    if (ready === null || ready !== body.size) {
      throw new ProblemError(
        "unprocessable",
        `The content of ${body.name} is not in this project's store; upload it, then file it.`,
      );
    }
    const content = await readContent(studio, project, body.oid);
    const isPicture = rule.kind === "image";
    const fits = content?.format.kind === rule.kind &&
      (body.folder !== "Masks" || content.format.format === "png");
    if (!content || !fits || (isPicture && content.size === null)) {
      throw new ProblemError(
        "unsupported_media_type",
        `${body.name} is not one of the ${rule.takes} that ${body.folder} takes, whatever its name says; convert it first.`,
      );
    }
    if (isPicture && content.size!.width * content.size!.height > LARGEST_PICTURE) {
      throw new ProblemError(
        "too_large",
        `${body.name} has ${content.size!.width} × ${
          content.size!.height
        } pixels; make it smaller than 100 megapixels.`,
      );
    }
    return content;
  }

  /** Whether a person pushed a file there that is not this one. */
  async function takenInGit(project: ProjectRow, path: string, body: FileAsset): Promise<boolean> {
    const there = await studio.git.readFile(project, path);
    return there !== null && new TextDecoder().decode(there) !== writePointer(body);
  }

  async function freePath(project: ProjectRow, body: FileAsset, extension: string): Promise<string> {
    let tries = 0;
    for (const name of fileNames(body.name, extension)) {
      if (++tries > MOST_NAMES) break;
      const path = `${ASSET_FOLDERS[body.folder].path}/${name}`;
      if (await store.hasPath(studio.db.sql, project.id, path)) continue;
      if (!await takenInGit(project, path, body)) return path;
    }
    throw new ProblemError(
      "conflict",
      `There are too many files called like ${body.name}; give it another name.`,
    );
  }

  return {
    async file(project, body, by, userId) {
      const content = await checked(project, body);
      for (;;) {
        let before = await store.assetIn(studio.db.sql, project.id, body.folder, body.oid);
        const replaced = before !== null && await takenInGit(project, before.path, body);
        const path = before && !replaced
          ? before.path
          : await freePath(project, body, content.format.extension);
        await studio.lfs.locks.refuse(studio.db.sql, project, [path], userId ?? null);
        // Somebody pushed other bytes in its place, which stay: it gets another.
        if (before && replaced) before = await store.moveAsset(studio.db.sql, before, path);
        if (replaced && !before) continue;
        const asset = before ?? await store.insertAsset(studio.db.sql, {
          id: uuidv7(),
          tenant_id: project.tenant_id,
          project_id: project.id,
          folder: body.folder,
          name: path.split("/").at(-1)!,
          path,
          oid: body.oid,
          size: body.size,
          format: content.format.format,
          width: content.size?.width ?? null,
          height: content.size?.height ?? null,
          created_by: by,
        });
        // Somebody took the name in between: the next one.
        if (!asset) continue;
        // Also for one that was filed before: whoever removed it by a push gets it back, and else nothing changes.
        await enqueue(studio.db.sql, {
          tenant_id: project.tenant_id,
          project_id: project.id,
          kind: "asset",
          subject: asset.id,
          author: by,
        });
        studio.git.wake(project.id);
        return { asset, fresh: before === null };
      }
    },

    audio: (q, projectId) =>
      store.assetsOfProject(q, projectId, { before: null, limit: 5000, folder: "Audio", search: null }),

    async list(projectId, { cursor, limit, folder, search }) {
      if (cursor !== undefined && !isId(cursor)) {
        throw new ProblemError(
          "invalid_request",
          "The cursor is not one that this list gave; start without.",
        );
      }
      const rows = await store.assetsOfProject(studio.db.sql, projectId, {
        before: cursor ?? null,
        limit: limit + 1,
        folder: folder ?? null,
        search: search ?? null,
      });
      const items = rows.slice(0, limit);
      return rows.length > limit ? { items, next: items.at(-1)!.id } : { items };
    },

    contentOf: (project, oid) => readContent(studio, project, oid),

    async url(project, idOrOid) {
      const asset = await find(project, idOrOid);
      return await studio.lfs.url(project, asset.oid, {
        expiresS: 3600,
        fileName: asset.name,
        contentType: contentTypeOf(asset.format),
      });
    },

    async keepThumbnail(project, idOrOid, jpeg) {
      await thumbnails.keep(project, (await find(project, idOrOid)).oid, jpeg);
    },
    async thumbnail(project, idOrOid) {
      const { oid, name } = await find(project, idOrOid);
      const url = await thumbnails.url(project, oid);
      return url ? { url } : { name };
    },

    filed: store.assetsAt,
    view: viewAsset,

    outbox: {
      async changes(q, { project_id, subject }) {
        const asset = subject ? await store.assetById(q, project_id, subject) : null;
        if (!asset) return null;
        return {
          message: `Add ${asset.name}`,
          changes: [{ path: asset.path, content: writePointer(asset) }],
        };
      },
      async committed(q, { project_id, subject }, sha) {
        const tenantId = subject && await store.markCommitted(q, project_id, subject);
        // Lists of files that others have open look again.
        if (tenantId) {
          return () => studio.events.publish(tenantId, project_id, { type: "files", commit: sha });
        }
      },
    },
  };

  /** A filed asset; or, by oid, media that came with `git push` and that a node names. */
  async function find(
    project: ProjectRow,
    idOrOid: string,
  ): Promise<Pick<AssetRow, "oid" | "name" | "format">> {
    const { sql } = studio.db;
    if (isId(idOrOid)) {
      const asset = await store.assetById(sql, project.id, idOrOid);
      if (asset) return asset;
    } else if (Oid.safeParse(idOrOid).success) {
      const asset = await store.assetByOid(sql, project.id, idOrOid);
      if (asset) return asset;
      const content = await readContent(studio, project, idOrOid);
      if (content) {
        const { format, extension } = content.format;
        return { oid: idOrOid, name: `${idOrOid.slice(0, 12)}.${extension}`, format };
      }
    }
    throw new ProblemError("not_found", "There is no such file among this project's media.");
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0)} MB`;
}
