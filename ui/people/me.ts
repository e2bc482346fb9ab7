import { computed, signal } from "@preact/signals";
import type { Me } from "../../shared/api/auth.ts";
import { api } from "../api.ts";

/** Who is signed in; null until the gateway has said it. */
export const me = signal<Me | null>(null);

/** May change films and ask for work. What it says is only shown: the gateway decides (gateway/auth/require.ts). */
export const canEdit = computed(() => me.value !== null && me.value.role !== "viewer");
export const isOwner = computed(() => me.value?.role === "owner");

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
