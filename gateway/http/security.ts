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

/** Security headers; what a route has set itself stays. */
export function secure(c: Context<Env>, { config, objects }: Studio): void {
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
    page ? pagePolicy(objects.origins) : "default-src 'none'; frame-ancestors 'none'",
  );
  if (config.publicUrl?.startsWith("https:")) put("strict-transport-security", "max-age=31536000");
  // What an account sees is nobody else's: no cache on the way may keep it.
  if (c.req.path.startsWith("/api/")) put("cache-control", "no-store");
}
