import { ProblemError } from "../../shared/http/problem.ts";

export const SESSION_COOKIE = "gms_session";

export interface Credentials {
  secret: string;
  /** A cookie is sent by the browser unasked; a header somebody put there. */
  from: "header" | "cookie";
}

/** What a request presents: `Authorization` first, else the session cookie; null when it presents nothing. */
export function credentialsOf(request: Request): Credentials | null {
  const header = request.headers.get("authorization");
  if (header !== null) return { secret: fromHeader(header), from: "header" };
  const cookie = sessionCookie(request.headers.get("cookie"));
  return cookie ? { secret: cookie, from: "cookie" } : null;
}

/** Bearer (RFC 6750), or Basic (RFC 7617) with any name: git and git-lfs send the token as password. */
function fromHeader(header: string): string {
  const [, scheme = "", value = ""] = /^(\S+) +(\S+) *$/.exec(header) ?? [];
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() === "basic") {
    const pair = decodePair(value);
    if (pair) return pair.slice(pair.indexOf(":") + 1);
  }
  throw new ProblemError(
    "unauthenticated",
    "The Authorization header cannot be read; send `Bearer <token>`, or Basic with the token as password.",
  );
}

function decodePair(value: string): string | null {
  try {
    const pair = new TextDecoder().decode(Uint8Array.fromBase64(value));
    return pair.includes(":") ? pair : null;
  } catch {
    return null;
  }
}

function sessionCookie(header: string | null): string | null {
  for (const part of header?.split(";") ?? []) {
    const [name, value] = part.trim().split("=", 2);
    if (name === SESSION_COOKIE && value) return value;
  }
  return null;
}
