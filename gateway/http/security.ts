import type { Context } from "hono";
import type { Env, Studio } from "../studio.ts";

/** Scripts come from here alone; pictures and films also from the object store, to which the studio redirects. */
function pagePolicy(stores: string[]): string {
  const here = ["'self'", ...stores].join(" ");
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self'",
    `img-src ${here} blob: data:`,
    `media-src ${here} blob:`,
    `connect-src ${here}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Of whoever asks: where one studio's files lie is nobody else's business. */
async function storesOf(c: Context<Env>, objects: Studio["objects"]): Promise<string[]> {
  const principal = c.get("principal");
  if (principal.kind !== "user") return objects.origins;
  // A page without pictures is better than none, should the database be away.
  return await objects.originsOf(principal.tenant_id).catch(() => objects.origins);
}

/** Security headers; what a route has set itself stays. */
export async function secure(c: Context<Env>, { config, objects }: Studio): Promise<void> {
  const headers = c.res.headers;
  const put = (name: string, value: string) => {
    if (!headers.has(name)) headers.set(name, value);
  };
  put("x-content-type-options", "nosniff");
  put("referrer-policy", "same-origin");
  put("cross-origin-opener-policy", "same-origin");
  put("cross-origin-resource-policy", "same-origin");
  put("x-frame-options", "DENY");
  const page = headers.get("content-type")?.startsWith("text/html") ?? false;
  put(
    "content-security-policy",
    page ? pagePolicy(await storesOf(c, objects)) : "default-src 'none'; frame-ancestors 'none'",
  );
  if (config.publicUrl?.startsWith("https:")) put("strict-transport-security", "max-age=31536000");
  // What an account sees is nobody else's: no cache on the way may keep it.
  if (c.req.path.startsWith("/api/")) put("cache-control", "no-store");
}
