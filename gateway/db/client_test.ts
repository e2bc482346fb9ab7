import assert from "node:assert/strict";
import postgres from "postgres";
import { onPostgres, openTestDatabase } from "../testing/database.ts";
import { type Act, type FakeServer, type Said, startFakeServer } from "./fake_server.ts";
import type { Sql } from "./mod.ts";

/** Long enough for a machine that is busy; what is lost is never answered. */
const SOON_MS = 20_000;

function connect(url: string, options: Record<string, unknown> = {}): Sql {
  return postgres(url, {
    max: 1,
    fetch_types: false,
    backoff: () => 0.01,
    onnotice: () => {},
    ...options,
  }) as unknown as Sql;
}

/** With one client on a server that acts as told; both are closed afterwards. */
async function on(
  play: (said: Said) => Act,
  story: (sql: Sql, server: FakeServer) => Promise<void>,
  options: Record<string, unknown> = {},
): Promise<void> {
  await using server = await startFakeServer(play);
  const sql = connect(server.url, options);
  try {
    await story(sql, server);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function soon<T>(asked: PromiseLike<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Never settled: ${what}`)), SOON_MS);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** How each of several questions ended: the code of its error, or "answered". */
async function ends(...asked: PromiseLike<unknown>[]): Promise<string[]> {
  const all = await soon(Promise.allSettled(asked), "one of several");
  return all.map((each) =>
    each.status === "fulfilled" ? "answered" : each.reason.code ?? String(each.reason)
  );
}

Deno.test("a query asked again in the same turn in which its connection broke is answered on the next", async () => {
  let cuts = 0;
  const play = ({ type, sql }: Said): Act =>
    type === "P" && /select 1/.test(sql) && cuts++ < 3 ? "reset" : "answer";
  await on(play, async (sql) => {
    for (let round = 0; round < 3; round++) {
      await sql`select 0`;
      // The first breaks the line, the others are on their way behind it.
      const asked = [sql`select 1`, sql`select 2`, sql`select 3`].map((each) =>
        each.then(() => "at once", () => sql`select 4`.then(() => "again"))
      );
      assert.deepEqual(await soon(Promise.all(asked), "asked again at once"), ["again", "again", "again"]);
    }
    assert.deepEqual(await ends(sql`select 1`), ["answered"]);
  });
});

Deno.test("the rollback of a transaction whose line broke is not left for the connection's next life", async () => {
  let cuts = 0;
  const play = ({ type, sql }: Said): Act =>
    type === "P" && sql === "select 9" && cuts++ < 5 ? "reset" : "answer";
  await on(play, async (sql) => {
    for (let round = 0; round < 5; round++) {
      const [outcome] = await ends(sql.begin(async (tx) => {
        await tx`select 1`;
        await tx`select 9`;
      }));
      assert.match(outcome!, /CONNECTION_CLOSED|ECONNRESET/);
      const next = sql.begin(async (tx) => {
        await tx`select ${"a"}`;
        await tx`select ${"b"}`;
      });
      assert.deepEqual(await ends(next), ["answered"]);
    }
  });
});

Deno.test("a server that closes during the greeting fails the query instead of keeping it", async () => {
  let away = true;
  await on(({ type }) => type === "start" && away ? "end" : "answer", async (sql, server) => {
    assert.deepEqual(await ends(sql`select 1`), ["CONNECTION_CLOSED"]);
    assert.equal(server.said.length, 1);
    away = false;
    assert.deepEqual(await ends(sql`select 1`), ["answered"]);
  });
});

Deno.test("what the server reported to one query is not told to the next connection's first", async () => {
  let first = true;
  const play = ({ type, sql }: Said): Act => {
    if (type !== "P" || sql !== "select 1" || !first) return "answer";
    first = false;
    return "report";
  };
  await on(play, async (sql) => {
    await sql`select 0`;
    const [one, behind] = await ends(sql`select 1`, sql`select 2`);
    assert.equal(one, "22012");
    assert.match(behind!, /CONNECTION_CLOSED|ECONNRESET/);
    assert.deepEqual(await ends(sql`select 3`), ["answered"]);
  });
});

Deno.test("every query of a transaction settles when its line is cut, the waiting ones too", async () => {
  const play = ({ type, sql }: Said): Act => type === "P" && sql.startsWith("insert") ? "reset" : "answer";
  await on(play, async (sql) => {
    let inside: string[] = [];
    const whole = sql.begin(async (tx) => {
      inside = await ends(tx`insert ${"a"}`, tx`insert ${"b"}`, tx`select 1`);
      await tx`select 2`;
    });
    const [outcome] = await ends(whole);
    assert.match(outcome!, /CONNECTION_CLOSED|ECONNRESET/);
    // The transaction is over before its code has heard of it.
    await soon(
      (async () => {
        while (inside.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      })(),
      "a query inside",
    );
    assert.ok(inside.every((each) => /CONNECTION_CLOSED|ECONNRESET/.test(each)), inside.join());
    assert.deepEqual(await ends(sql`select 1`), ["answered"]);
  });
});

Deno.test("a `begin` that waits behind others, and is cut, frees its place", async () => {
  let cuts = 0;
  const play = ({ type, sql }: Said): Act =>
    type === "P" && sql === "select 9" && cuts++ < 5 ? "reset" : "answer";
  await on(play, async (sql) => {
    for (let round = 0; round < 6; round++) {
      await sql`select 0`;
      const outcomes = await ends(
        sql`select 9`,
        sql.begin((tx) => tx`select 1`),
        sql.begin((tx) => Promise.all([tx`select ${"a"}`, tx`select ${"b"}`])),
      );
      if (round === 5) assert.deepEqual(outcomes, ["answered", "answered", "answered"]);
    }
  });
});

Deno.test("a line that goes silent is given up, and the question fails", async () => {
  let quiet = false;
  const play = ({ line, sql }: Said): Act => {
    if (sql === "select 1") quiet = true;
    if (line === 1 && quiet) return "silent";
    // The client asks on another line whether anybody is at work.
    return sql.includes("pg_stat_activity") ? "reset" : "answer";
  };
  await on(play, async (sql) => {
    await sql`select 0`;
    assert.deepEqual(await ends(sql`select 1`, sql`select 2`), ["CONNECTION_SILENT", "CONNECTION_SILENT"]);
    assert.deepEqual(await ends(sql`select 3`), ["answered"]);
  }, { silence: 0.05 });
});

Deno.test("what still waits when the client is closed is told, and nothing is opened afterwards", async () => {
  await using server = await startFakeServer(({ type }) => type === "start" ? "silent" : "answer");
  const sql = connect(server.url);
  const waiting = ends(sql`select 1`, sql`select 2`, sql.begin((tx) => tx`select 3`));
  await new Promise((resolve) => setTimeout(resolve));
  await soon(sql.end({ timeout: 0.05 }), "closing");
  for (const each of await waiting) assert.match(each, /CONNECTION_(DESTROYED|ENDED)/);
  assert.deepEqual(await ends(sql`select 4`), ["CONNECTION_ENDED"]);
});

Deno.test("channels are asked for again after an outage, once each", async () => {
  let attempts = 0;
  const play = ({ type, line }: Said): Act =>
    type === "start" && line > 1 && ++attempts < 5 ? "reset" : "answer";
  await on(play, async (sql, server) => {
    const again = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    const heard = [0, 0, 0];
    for (const index of [0, 1, 2]) {
      await sql.listen(`channel_${index}`, () => {}, () => {
        if (heard[index]!++) again[index]!.resolve();
      });
    }
    const cut = server.said.at(-1)!.line;
    server.reset(cut);
    await soon(Promise.all(again.map((each) => each.promise)), "heard again");
    const asked = server.said.filter((each) => each.type === "P" && each.line > cut).map((each) => each.sql);
    assert.deepEqual(asked.sort(), ['listen "channel_0"', 'listen "channel_1"', 'listen "channel_2"']);
  });
});

Deno.test("a reserved connection that breaks tells its owner, and is not given to anybody broken", async () => {
  const play = ({ type, sql }: Said): Act => type === "P" && sql === "select 9" ? "reset" : "answer";
  await on(play, async (sql) => {
    const mine = await soon(sql.reserve(), "a reserved connection");
    const outcomes = await ends(mine`select 9`, mine`select ${"a"}`, mine`select ${"b"}`);
    assert.ok(outcomes.every((each) => /CONNECTION_CLOSED|ECONNRESET/.test(each)), outcomes.join());
    mine.release();
    assert.deepEqual(await ends(sql`select 1`), ["answered"]);
    const second = await soon(sql.reserve(), "another");
    const waits = sql`select 2`;
    second.release();
    assert.deepEqual(await ends(waits), ["answered"]);
  });
});

Deno.test("a query that cannot be written fails alone; those beside it are answered", async () => {
  await using database = await openTestDatabase();
  const { sql } = database;
  const [row] = await sql`select 1 as n`;
  assert.equal(row!.n, 1);
  const inside = sql.begin(async (tx) => {
    const [good, bad, after] = await Promise.allSettled([
      tx`select 2 as n`,
      tx`select ${undefined as unknown as string}::text as n`,
      tx`select 3 as n`,
    ]);
    assert.equal(good.status === "fulfilled" && good.value[0]!.n, 2);
    assert.equal(bad.status === "rejected" && bad.reason.code, "UNDEFINED_VALUE");
    assert.equal(after.status === "fulfilled" && after.value[0]!.n, 3);
  });
  // As ever: a transaction in which a query failed is rolled back.
  assert.deepEqual(await ends(inside), ["UNDEFINED_VALUE"]);
  assert.deepEqual(await ends(sql`select 4`), ["answered"]);
});

Deno.test("what a transaction's code asks after its end is refused, not done outside of it", async () => {
  await using database = await openTestDatabase();
  const { sql } = database;
  const stray = Promise.withResolvers<unknown>();
  const put = (key: string, by: Sql) => by`insert into settings (key, value) values (${key}, 'yes')`;
  await assert.rejects(
    sql.begin(async (tx) => {
      await put("inside", tx as unknown as Sql);
      setTimeout(() => stray.resolve(put("stray", tx as unknown as Sql).catch((error) => error)), 50);
      throw new RangeError("changed my mind");
    }),
    RangeError,
  );
  assert.match(String(await soon(stray.promise, "the stray")), /The transaction has ended/);
  assert.equal((await sql`select key from settings where key in ('inside', 'stray')`).length, 0);
});

Deno.test({
  name: "a transaction holds its connection also when that has no room for more",
  ignore: !onPostgres,
  async fn() {
    await using database = await openTestDatabase();
    const sql = connect(database.url!, { max_pipeline: 2 });
    try {
      const mine = (tx: Sql) => tx`select pg_current_xact_id()::text as id`;
      const outcomes = await soon(
        Promise.all(Array.from({ length: 12 }, async () => {
          await sql`select 1`;
          return await sql.begin(async (tx) => {
            const [one] = await mine(tx as unknown as Sql);
            await tx`select pg_sleep(0.002)`;
            const [two] = await mine(tx as unknown as Sql);
            return one!.id === two!.id;
          });
        })),
        "transactions on a full connection",
      );
      assert.ok(outcomes.every(Boolean));
    } finally {
      await sql.end({ timeout: 1 });
    }
  },
});
