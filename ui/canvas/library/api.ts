import type {
  Library,
  LibraryItem,
  LibraryItemDetail,
  LibraryVersionDetail,
  PublishItem,
  PublishVersion,
  UpdateItem,
  UsedItem,
} from "../../../shared/api/library.ts";
import { callAt } from "../../api.ts";

const at = (id: string) => `/api/library/items/${id}`;

/** The library's part of the gateway's HTTP face. */
export const libraryApi = {
  library: () => callAt<Library>("GET", "/api/library"),
  items: (query: Record<string, string>) =>
    callAt<{ items: LibraryItem[]; next?: string }>(
      "GET",
      `/api/library/items?${new URLSearchParams({ limit: "60", ...query })}`,
    ),
  item: (id: string) => callAt<LibraryItemDetail>("GET", at(id)),
  version: (id: string, version: number) =>
    callAt<LibraryVersionDetail>("GET", `${at(id)}/versions/${version}`),
  publish: (body: PublishItem) => callAt<LibraryItemDetail>("POST", "/api/library/items", body),
  publishVersion: (id: string, body: PublishVersion) =>
    callAt<LibraryItemDetail>("POST", `${at(id)}/versions`, body),
  update: (id: string, body: UpdateItem) => callAt<LibraryItemDetail>("PATCH", at(id), body),
  use: (id: string, version: number, project_id: string) =>
    callAt<UsedItem>("POST", `${at(id)}/versions/${version}/use`, { project_id }),
  downloadUrl: (id: string, version: number) => `${at(id)}/versions/${version}/download`,
};
