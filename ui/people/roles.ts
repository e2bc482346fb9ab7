import type { Me } from "../../shared/api/auth.ts";

export type RoleName = Me["role"];

/** What each role may do, in a person's words. */
export const ROLES: Readonly<Record<RoleName, { label: string; may: string }>> = {
  owner: { label: "Owner", may: "Everything, also people and machines" },
  artist: { label: "Artist", may: "Makes films and asks for takes" },
  viewer: { label: "Viewer", may: "Looks, plays and downloads" },
};
export const ROLE_ORDER: readonly RoleName[] = ["owner", "artist", "viewer"];
