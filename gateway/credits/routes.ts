import { Hono } from "hono";
import {
  CreditEntries,
  CreditQuery,
  Credits,
  GiveCredits,
  Purse,
  SetDonorName,
} from "../../shared/api/credits.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { CREDIT_RULE } from "../../shared/jobs/price.ts";
import { requireUser, type UserPrincipal } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import { projectAsked, projectToChange } from "../projects/mod.ts";
import type { Env, Router, Studio } from "../studio.ts";
import { sumsOf } from "./accounts.ts";
import { projectEarnings } from "./earn.ts";
import { entriesCsv, entriesOf } from "./entries.ts";
import { donorName, give, giversOf, setDonorName } from "./give.ts";

const tag = "credits";
/** Entries of a purse that are shown, and rows of a table for spreadsheets. */
const SHOWN = 50;
const MOST_ROWS = 50_000;

/** Mounted under /api. */
export function creditRoutes(): Router {
  const app = new Hono<Env>();
  app.get(
    "/credits",
    operation({
      summary: "What whoever asks has earned by lending machines, and has left",
      tag,
      response: { status: 200, schema: Credits },
    }),
    async (c) => c.json(await creditsOf(c.get("studio"), requireUser(c))),
  );
  app.get(
    "/credits/entries",
    operation({
      summary: "Every credit earned, given, set aside and spent by whoever asks, newest first",
      tag,
      query: CreditQuery,
      response: { status: 200, schema: CreditEntries },
    }),
    async (c) => {
      const user = requireUser(c);
      const { cursor, limit } = parseQuery(c, CreditQuery);
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
        throw new ProblemError(
          "invalid_request",
          "This cursor is none of ours; begin the list again without it.",
        );
      }
      const { sql } = c.get("studio").db;
      await projectEarnings(sql, user.tenant_id);
      const before = cursor === undefined ? null : Number(cursor);
      const rows = await entriesOf(sql, accountOf(user), { before, limit: limit + 1 });
      const items = rows.slice(0, limit);
      return c.json({ items, ...(rows.length > limit ? { next: items.at(-1)!.id } : {}) });
    },
  );
  app.get(
    "/credits.csv",
    operation({
      summary: "The same as a table for spreadsheets",
      tag,
      response: { status: 200, description: "CSV (RFC 4180)", contentType: "text/csv" },
    }),
    async (c) => {
      const user = requireUser(c);
      const { sql } = c.get("studio").db;
      await projectEarnings(sql, user.tenant_id);
      const rows = await entriesOf(sql, accountOf(user), {
        before: null,
        limit: MOST_ROWS,
      });
      return c.body(entriesCsv(rows), 200, {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="credits.csv"',
      });
    },
  );
  app.put(
    "/credits/name",
    operation({
      summary: "How end titles name whoever asks, for machines lent and credits given; or not at all",
      tag,
      may: "lend",
      body: SetDonorName,
      response: { status: 200, schema: Credits },
    }),
    async (c) => {
      const user = requireUser(c);
      const studio = c.get("studio");
      await setDonorName(studio.db.sql, user, await parseBody(c, SetDonorName));
      return c.json(await creditsOf(studio, user));
    },
  );
  app.get(
    "/projects/:p/credits",
    operation({
      summary: "A film's purse: what was given to it, by whom, and what it was spent on",
      tag,
      response: { status: 200, schema: Purse },
    }),
    async (c) => {
      const { studio, project } = await projectAsked(c);
      return c.json(await purseOf(studio, project));
    },
  );
  app.post(
    "/projects/:p/credits",
    operation({
      summary: "Give credits of one's own to a film",
      tag,
      may: "lend",
      body: GiveCredits,
      response: { status: 201, schema: Purse },
    }),
    async (c) => {
      const { studio, user, project } = await projectToChange(c);
      await give(studio.db.sql, user, project, (await parseBody(c, GiveCredits)).amount);
      return c.json(await purseOf(studio, project), 201);
    },
  );
  return app;
}

function accountOf(user: UserPrincipal) {
  return { tenantId: user.tenant_id, userId: user.user_id };
}

async function creditsOf({ db: { sql } }: Studio, user: UserPrincipal): Promise<Credits> {
  // What was done a moment ago counts.
  await projectEarnings(sql, user.tenant_id);
  const { balance, reserved, earned, given } = await sumsOf(sql, accountOf(user));
  return { balance, reserved, earned, given, rule: CREDIT_RULE, ...await donorName(sql, user.user_id) };
}

async function purseOf({ db: { sql } }: Studio, project: { id: string; tenant_id: string }): Promise<Purse> {
  const account = { tenantId: project.tenant_id, projectId: project.id };
  const { balance, reserved, received, spent } = await sumsOf(sql, account);
  return {
    ...{ balance, reserved, given: received, spent },
    givers: await giversOf(sql, project.id),
    entries: await entriesOf(sql, account, { before: null, limit: SHOWN }),
  };
}
