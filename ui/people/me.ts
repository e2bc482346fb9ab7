import { computed, signal } from "@preact/signals";
import type { Me } from "../../shared/api/auth.ts";
import { may, type Permission } from "../../shared/roles.ts";
import { say } from "../state/toasts.ts";
import { api } from "../api.ts";

/** Who is signed in; null until the gateway has said it. */
export const me = signal<Me | null>(null);

const allowed = (permission: Permission) => computed(() => me.value !== null && may(me.value, permission));

/** May change films and ask for work. What these say is only shown: the gateway decides (gateway/auth/authorize.ts). */
export const canEdit = allowed("make");
/** May choose among takes. */
export const canReview = allowed("review");
export const managesFleet = allowed("fleet");
export const managesPeople = allowed("people");
export const ownsStudio = allowed("studio");

/** Somebody has changed this person's role: shows what it allows, and says so. Without an answer the next page asks again. */
export async function roleChanged(): Promise<void> {
  const before = me.value?.role;
  const now = await loadMe(true).catch(() => null);
  if (now && now.role !== before) say(`You are here as ${now.role} now. Reload the page to work as that.`);
}

let asked: Promise<Me> | null = null;

/** Asks who this is, once unless `again`. ApiError 401 leads to the sign-in page. */
export function loadMe(again = false): Promise<Me> {
  if (again) asked = null;
  asked ??= api.me().then((answer) => me.value = answer, (error) => {
    asked = null;
    throw error;
  });
  return asked;
}
