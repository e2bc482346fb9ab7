import type { z } from "zod";
import type { Canvas, Project } from "../../shared/api/project.ts";
import type { Export, Take } from "../../shared/api/work.ts";
import { isBeat } from "../../shared/events/beat.ts";
import { StudioEvent } from "../../shared/events/events.ts";
import type { Job } from "../../shared/jobs/job.ts";

export type JobView = z.infer<typeof Job>;

/** A person's session at a studio, over its public HTTP face and nothing else. */
export interface Session extends Disposable {
  base: string;
  /** JSON in, JSON out; a problem+json answer is thrown with its sentence. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  download(path: string, to: string): Promise<void>;
  /** Hears a project's events until disposed; reconnects by itself. */
  events(projectId: string, heard: (event: StudioEvent) => void): Disposable;
}

/** Trades a one-time link for a session, as a browser does. */
export async function enter(link: string): Promise<Session> {
  const response = await fetch(link, { redirect: "manual" });
  await response.body?.cancel();
  const cookie = response.headers.getSetCookie().map((each) => each.split(";")[0]).join("; ");
  if (response.status !== 302 || !cookie) {
    throw new Error(`Cannot enter the studio: the link answered ${response.status}`);
  }
  const base = new URL(link).origin;
  return openSession(base, { cookie });
}

/** A session with an access token. */
export function withToken(base: string, token: string): Session {
  return openSession(base, { authorization: `Bearer ${token}` });
}

function openSession(base: string, credentials: Record<string, string>): Session {
  const open = new Set<Disposable>();
  const request = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(new URL(path, base), {
      method,
      headers: { ...credentials, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const problem = await response.json().catch(() => null);
    const fields =
      problem?.errors?.map((each: { path: string; message: string }) => `\n  ${each.path}: ${each.message}`)
        .join("") ?? "";
    throw new Error(`${method} ${path}: ${problem?.detail ?? response.status}${fields}`);
  };
  return {
    base,
    async call(method, path, body) {
      const response = await request(method, `/api${path}`, body);
      return response.status === 204 ? undefined : await response.json();
    },
    async download(path, to) {
      // The store behind the redirect must not see our credentials; fetch drops them on another origin.
      const response = await request("GET", path);
      await Deno.writeFile(to, response.body!);
    },
    events(projectId, heard) {
      const listening = listen(
        `${base.replace(/^http/, "ws")}/api/events?project=${projectId}`,
        credentials,
        heard,
      );
      open.add(listening);
      return listening;
    },
    [Symbol.dispose]() {
      for (const each of open) each[Symbol.dispose]();
    },
  };
}

function listen(
  url: string,
  headers: Record<string, string>,
  heard: (event: StudioEvent) => void,
): Disposable {
  let closed = false;
  let socket: WebSocket;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const connect = () => {
    socket = new WebSocket(url, { headers } as unknown as string[]);
    socket.onmessage = ({ data }) => {
      if (!isBeat(data)) heard(StudioEvent.parse(JSON.parse(data)));
    };
    socket.onclose = () => {
      if (!closed) timer = setTimeout(connect, 500);
    };
    socket.onerror = () => {};
  };
  connect();
  return {
    [Symbol.dispose]() {
      closed = true;
      clearTimeout(timer);
      socket.close();
    },
  };
}

export type { Canvas, Export, Project, Take };
