import type { Me } from "../../shared/api/auth.ts";
import { ownsStudio } from "./me.ts";

export type RoleName = Me["role"];

/** What each role may do, in a person's words; shared/roles.ts decides. */
export const ROLES: Readonly<Record<RoleName, { label: string; may: string }>> = {
  owner: { label: "Owner", may: "Everything, also owners and the studio itself" },
  admin: { label: "Admin", may: "Everything but owners and the studio itself" },
  artist: { label: "Artist", may: "Makes films and asks for takes" },
  reviewer: { label: "Reviewer", may: "Looks, plays, and chooses among takes" },
  viewer: { label: "Viewer", may: "Looks, plays and downloads" },
  farm: { label: "Farm", may: "Looks after machines and the queue" },
};
const ROLE_ORDER: readonly RoleName[] = ["owner", "admin", "artist", "reviewer", "viewer", "farm"];

/** Roles that one may give: owners are made by owners. */
export const offered = () => ROLE_ORDER.filter((role) => role !== "owner" || ownsStudio.value);
