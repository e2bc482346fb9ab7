import { createApp } from "../app.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { composeStudio, type OpenStudio } from "../compose.ts";
import { parseConfig } from "../config.ts";
import { createLog } from "../http/mod.ts";
import { within } from "../parts.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Router } from "../studio.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { CreateProject } from "../../shared/api/project.ts";
import { type JoinOptions, joinTestAgent, type TestAgent } from "./agent.ts";
import { openTestDatabase } from "./database.ts";
import { outside } from "../outside.ts";

/** Who asks: one of the studio's people, nobody, or a bearer token. */
export type As = "owner" | "artist" | "viewer" | "nobody" | (string & Record<never, never>);

export type TestInit = RequestInit & {
  /** Sent as the JSON body. */
  json?: unknown;
};

export interface TestStudioOptions {
  /** Environment variables on top of the test's: LEASE_SECONDS, S3_BUCKET, RUNNERS_DIR, … */
  env?: Record<string, string>;
}

/** A whole gateway with its real rooms: a database and a folder of its own, objects on disk unless the environment says S3. */
export interface TestStudio extends AsyncDisposable {
  studio: OpenStudio;
  app: Router;
  /** Address of the database; null when it is embedded. */
  databaseUrl: string | null;
  owner: UserPrincipal;
  artist: UserPrincipal;
  viewer: UserPrincipal;
  /** Bearer tokens of the three. */
  tokens: { owner: string; artist: string; viewer: string };
  /** What the gateway logged, a JSON line each. */
  lines: string[];
  /** Through the app without a port; also takes absolute URLs (those of an object store elsewhere go over the wire). By default the owner asks. */
  request(path: string, init?: TestInit, as?: As): Promise<Response>;
  /** Listens on a free port; from then on the studio calls itself by it. The base URL. */
  serve(): Promise<string>;
  makeProject(title?: string, body?: Partial<CreateProjectBody>): Promise<ProjectRow>;
  /** Another studio in the same gateway, for isolation tests: its owner, and requests as them. */
  secondTenant(): Promise<{
    owner: UserPrincipal;
    token: string;
    request(path: string, init?: TestInit): Promise<Response>;
    makeProject(title?: string): Promise<ProjectRow>;
  }>;
  joinAgent(options?: JoinOptions): Promise<TestAgent>;
}

type CreateProjectBody = ReturnType<typeof CreateProject.parse>;

/** Longer than any answer that a test leaves behind takes on a busy machine. */
const LET_GO_MS = 30_000;

/** What the studio calls itself until it listens. */
const NO_PORT = "http://studio.test";

export async function openTestStudio(options: TestStudioOptions = {}): Promise<TestStudio> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await Deno.makeTempDir({ prefix: "studio-test-" });
  opened.defer(() => Deno.remove(dataDir, { recursive: true }));
  const database = opened.use(await openTestDatabase());
  const lines: string[] = [];
  const log = createLog({ level: "debug", terminal: false, write: (line) => lines.push(line) });
  const config = parseConfig({ STUDIO_DATA: dataDir, PUBLIC_URL: NO_PORT, ...options.env });
  const studio = opened.use(await composeStudio(config, log, { db: database }));
  const app = createApp(studio);

  await studio.auth.firstStart();
  const owner = await ownerOf(studio);
  const artist = await makeUser(studio, owner, "artist");
  const viewer = await makeUser(studio, owner, "viewer");
  const tokens = {
    owner: await studio.auth.createAccessToken(owner, "test", null),
    artist: await studio.auth.createAccessToken(artist, "test", null),
    viewer: await studio.auth.createAccessToken(viewer, "test", null),
  };

  async function request(path: string, init: TestInit = {}, as: As = "owner"): Promise<Response> {
    const { json, ...rest } = init;
    const headers = new Headers(rest.headers);
    const token = as === "nobody" ? null : as in tokens ? tokens[as as keyof typeof tokens] : as;
    if (token !== null && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
    if (json !== undefined) {
      headers.set("content-type", "application/json");
      rest.body = JSON.stringify(json);
    }
    const url = new URL(path, config.publicUrl!);
    const here = url.origin === new URL(config.publicUrl!).origin;
    if (!here) return await fetch(url, { ...rest, headers });
    const response = await app.request(url.href, { ...rest, headers });
    // Whoever reads the failed test wants the reason, which the answer rightly keeps to itself.
    if (response.status === 500) {
      console.error(
        `${path}:`,
        lines.findLast((line) => line.includes('"error"')),
      );
    }
    return response;
  }

  const makeProject = (
    as: UserPrincipal,
    title = "The Lighthouse Keeper",
    body: Partial<CreateProjectBody> = {},
  ) => studio.projects.create(as, CreateProject.parse({ title, ...body }));

  const stack = opened.move();
  return {
    studio,
    app,
    databaseUrl: database.url,
    owner,
    artist,
    viewer,
    tokens,
    lines,
    request,
    serve() {
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        (request, info) => outside(() => app.fetch(request, info)),
      );
      stack.defer(async () => {
        studio.close();
        // It waits for every line: one that nobody lets go of is a fault, and said, instead of a test that never ends.
        if (!await within(LET_GO_MS, server.shutdown())) {
          throw new Error("A line of this gateway was never let go");
        }
      });
      config.publicUrl = `http://127.0.0.1:${server.addr.port}`;
      return Promise.resolve(config.publicUrl);
    },
    makeProject: (title, body) => makeProject(owner, title, body),
    async secondTenant() {
      const tenant = { id: uuidv7(), slug: `other-${uuidv7().slice(-12)}`, name: "Another studio" };
      await studio.db.sql`insert into tenants ${studio.db.sql(tenant)}`;
      const other = await makeUser(studio, { tenant_id: tenant.id, tenant_slug: tenant.slug }, "owner");
      const token = await studio.auth.createAccessToken(other, "test", null);
      return {
        owner: other,
        token,
        request: (path, init) => request(path, init, token),
        makeProject: (title) => makeProject(other, title),
      };
    },
    joinAgent: (join) => joinTestAgent({ studio, owner, request }, join),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function ownerOf(studio: OpenStudio): Promise<UserPrincipal> {
  const [row] = await studio.db.sql<{ id: string; name: string; tenant_id: string; slug: string }[]>`
    select u.id, u.name, u.tenant_id, t.slug from users u join tenants t on t.id = u.tenant_id
    where u.role = 'owner' order by u.id limit 1`;
  return {
    kind: "user",
    tenant_id: row!.tenant_id,
    tenant_slug: row!.slug,
    user_id: row!.id,
    name: row!.name,
    role: "owner",
    via: "access",
    scopes: null,
  };
}

async function makeUser(
  studio: OpenStudio,
  { tenant_id, tenant_slug }: { tenant_id: string; tenant_slug: string },
  role: UserPrincipal["role"],
): Promise<UserPrincipal> {
  const user = { id: uuidv7(), tenant_id, name: `Test ${role}`, role };
  await studio.db.sql`insert into users ${studio.db.sql(user)}`;
  return {
    kind: "user",
    tenant_id,
    tenant_slug,
    user_id: user.id,
    name: user.name,
    role,
    via: "access",
    scopes: null,
  };
}
