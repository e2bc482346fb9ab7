import assert from "node:assert/strict";
import { uuidv7 } from "../shared/ids.ts";
import { routesOf } from "./http/mod.ts";
import { openTestStudio, type TestStudio } from "./testing/studio.ts";

/** What people and scanners put where an id belongs. */
const IDS = [
  "0",
  "undefined",
  "%20",
  "..",
  "..%2f..%2fetc%2fpasswd",
  "'%20or%201=1--",
  "%F0%9F%97%BC",
  "00000000-0000-0000-0000-000000000000",
  "00000000-0000-0000-0000-000000000000.1",
  `${uuidv7()}.999999999999999`,
  "x".repeat(3000),
];

const BODIES: [string, BodyInit, string][] = [
  ["nothing", "", "application/json"],
  ["half a value", '{"a":', "application/json"],
  ["a list", "[]", "application/json"],
  ["null", "null", "application/json"],
  ["an unknown field", '{"surprise": true}', "application/json"],
  ["a NUL", '{"title": "a\\u0000", "name": "\\u0000"}', "application/json"],
  ["a prototype", '{"__proto__": {"role": "owner"}, "constructor": 1}', "application/json"],
  ["a form", "title=a", "application/x-www-form-urlencoded"],
  ["bytes", new Uint8Array([0xff, 0xfe, 0x00]), "application/octet-stream"],
  ["3 MiB", `{"title": "${"x".repeat(3 * 1024 * 1024)}"}`, "application/json"],
];

const QUERIES = [
  "?limit=-1",
  "?limit=NaN",
  "?cursor=abc",
  "?cursor=../..",
  "?state=none&states=none",
  "?node=%00",
  "?project=1",
];

interface Ask {
  method: string;
  path: string;
  init?: RequestInit;
  what: string;
  /** The route says of itself that it is for anybody; matrix_test.ts has the list. */
  open: boolean;
}

/** Every route of the app, asked every kind of rubbish. `real` fills the places that ids have. */
function* asks(studio: TestStudio, real: Record<string, string>): Generator<Ask> {
  for (const { method, path, about } of routesOf(studio.app)) {
    const open = about?.auth === "nobody";
    // The git client's own doors answer in git's words; they have tests of their own.
    if (!path.startsWith("/api/") || path === "/api/events") continue;
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
    const fill = (values: (name: string) => string) =>
      path.replace(/:(\w+)(?:\{[^}]*\})?/g, (_, name) => values(name));
    const asReal = fill((name) => real[name] ?? uuidv7());
    for (const name of names) {
      for (const id of IDS) {
        yield {
          method,
          path: fill((each) => each === name ? id : real[each] ?? uuidv7()),
          what: `${name}=${id.slice(0, 40)}`,
          open,
        };
      }
    }
    if (method === "GET") {
      for (const query of QUERIES) yield { method, path: asReal + query, what: query, open };
    } else {
      for (const [what, body, type] of BODIES) {
        yield { method, path: asReal, init: { body, headers: { "content-type": type } }, what, open };
      }
    }
  }
}

Deno.test("rubbish gets a clear answer at every door, and none is a 500", async (t) => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject();
  const agent = await studio.joinAgent();
  const theirs = await (await studio.secondTenant()).makeProject("Theirs");

  for (const as of ["owner", "viewer", "nobody", "agent"]) {
    await t.step(`asked by ${as}`, async () => {
      const failures: string[] = [];
      let asked = 0;
      for (const { method, path, init, what, open } of asks(studio, { p: project.id, project: project.id })) {
        const response = await studio.request(path, { ...init, method }, as === "agent" ? agent.token : as);
        const type = response.headers.get("content-type") ?? "";
        const text = await response.text();
        asked++;
        const answer = `${method} ${path.slice(0, 120)} (${what}): ${response.status}`;
        if (response.status >= 500) failures.push(`${answer} ${text.slice(0, 200)}`);
        if (response.status >= 400 && !type.startsWith("application/problem+json")) {
          failures.push(`${answer} as ${type}`);
        }
        if (response.status === 401 && as === "owner") failures.push(`${answer}, though signed in`);
        if (as === "nobody" && !open && response.status < 400) {
          failures.push(`${answer}, though nobody asked`);
        }
      }
      assert.deepEqual(failures, []);
      assert.ok(asked > 500, `only ${asked} were asked`);
    });
  }

  await t.step("what belongs to another studio is not there, whatever is asked of it", async () => {
    const failures: string[] = [];
    for (const { method, path } of routesOf(studio.app)) {
      if (!/^\/api\/projects\/:\w+/.test(path)) continue;
      const foreign = path.replace(/:\w+/, theirs.id).replace(/:\w+/g, () => uuidv7());
      const response = await studio.request(foreign, method === "GET" ? {} : { method, json: {} });
      const problem = await response.json();
      // Whoever sends a wrong body may hear of that first; of the project nobody hears anything.
      if (![400, 404, 415].includes(response.status)) failures.push(`${method} ${path}: ${response.status}`);
      if (JSON.stringify(problem).includes("Theirs")) failures.push(`${method} ${path} tells the title`);
    }
    assert.deepEqual(failures, []);
  });
});
