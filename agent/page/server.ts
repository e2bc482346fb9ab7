import { join } from "@std/path";
import { refusalOf } from "./guard.ts";
import { removeAddress, writeAddress } from "./address.ts";
import { answer, type PageSource } from "./routes.ts";

export interface Page extends AsyncDisposable {
  /** With its key. */
  url: string;
}

const FILES: Record<string, { name: string; type: string }> = {
  "/": { name: "index.html", type: "text/html; charset=utf-8" },
  "/page.css": { name: "page.css", type: "text/css; charset=utf-8" },
  "/lists.css": { name: "lists.css", type: "text/css; charset=utf-8" },
  "/form.css": { name: "form.css", type: "text/css; charset=utf-8" },
  "/page.js": { name: "page.js", type: "text/javascript; charset=utf-8" },
  "/models.js": { name: "models.js", type: "text/javascript; charset=utf-8" },
  "/rules.js": { name: "rules.js", type: "text/javascript; charset=utf-8" },
  "/words.js": { name: "words.js", type: "text/javascript; charset=utf-8" },
  "/dom.js": { name: "dom.js", type: "text/javascript; charset=utf-8" },
};

/** Nothing from elsewhere, no frame around it, no form that goes anywhere. */
const SAFE = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/**
 * The owner's page, on this machine alone: loopback, a port that the system chooses, a key that is new with each start and stands behind
 * the `#` of its address, where no server, log or other page sees it.
 */
export async function openPage(dataDir: string, source: PageSource): Promise<Page> {
  const token = new Uint8Array(crypto.getRandomValues(new Uint8Array(24))).toBase64({
    alphabet: "base64url",
  });
  const door = { port: 0, token };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const refusal = refusalOf(request, door);
    if (refusal) return withHeaders(Response.json({ detail: refusal.sentence }, { status: refusal.status }));
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/api/")) return withHeaders(await answer(request, source));
    const file = FILES[pathname];
    if (!file || request.method !== "GET") {
      return withHeaders(new Response("There is nothing here.\n", { status: 404 }));
    }
    const bytes = await Deno.readFile(join(import.meta.dirname!, file.name));
    return withHeaders(new Response(bytes, { headers: { "content-type": file.type } }));
  });
  door.port = server.addr.port;
  const url = `http://127.0.0.1:${door.port}/#${token}`;
  await writeAddress(dataDir, url);
  return {
    url,
    async [Symbol.asyncDispose]() {
      await removeAddress(dataDir);
      // A page that is open asks every second: it is not waited for.
      await server.shutdown().catch(() => {});
    },
  };
}

function withHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(SAFE)) response.headers.set(name, value);
  return response;
}
