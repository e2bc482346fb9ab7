import { timingSafeEqual } from "node:crypto";

/** What a request to the page is let in by, and a sentence when it is not. */
export interface Door {
  /** Port that the page listens at. */
  port: number;
  token: string;
}

/**
 * Why a request is not answered; null: it is.
 *
 * - Host: a name of this machine and our port, nothing else. A page from elsewhere whose name was pointed here (DNS rebinding) says its own.
 * - Origin and Sec-Fetch-Site: where a browser sends them, our own: no other page may cause anything here.
 * - The token, as `Authorization: Bearer`: in no cookie, as those go to every port of this machine; in no address, as those are kept.
 */
export function refusalOf(request: Request, door: Door): { status: number; sentence: string } | null {
  const names = [`127.0.0.1:${door.port}`, `localhost:${door.port}`];
  const host = request.headers.get("host") ?? "";
  if (!names.includes(host)) return { status: 421, sentence: "This page is served to this machine alone." };
  const origin = request.headers.get("origin");
  if (origin !== null && !names.some((name) => origin === `http://${name}`)) {
    return { status: 403, sentence: "Another page may not ask this." };
  }
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") {
    // A link that was clicked elsewhere may open the page; it says nothing without its token.
    const opens = request.method === "GET" && request.headers.get("sec-fetch-mode") === "navigate";
    if (!opens) return { status: 403, sentence: "Another page may not ask this." };
  }
  if (!new URL(request.url).pathname.startsWith("/api/")) return null;
  const given = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
  if (!same(given, door.token)) {
    return {
      status: 401,
      sentence: "Open the page by the address that the agent prints (agent page): this one has no valid key.",
    };
  }
  return null;
}

function same(a: string, b: string): boolean {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
