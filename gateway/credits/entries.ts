import type { CreditEntry, CreditKind } from "../../shared/api/credits.ts";
import { type Tier, TIERS } from "../../shared/tiers.ts";
import type { Querier } from "../db/mod.ts";
import { csvLine } from "../usage/mod.ts";
import { type Account, whose } from "./accounts.ts";

interface Row {
  id: number;
  at: Date;
  kind: CreditKind;
  amount: number;
  job_id: string | null;
  film: string | null;
  title: string | null;
  machine: string | null;
  giver: string | null;
  tier: Tier | null;
  seconds: number | null;
  for_check: boolean | null;
}

/** An account's rows, the newest first. @param page.before the id that the page before ended with */
export async function entriesOf(
  q: Querier,
  account: Account,
  page: { before: number | null; limit: number },
): Promise<CreditEntry[]> {
  const rows = await q<Row[]>`
    select c.id, c.at, c.kind, c.amount, c.job_id, p.title as film, j.title, a.name as machine,
      case when coalesce(d.named, true) then coalesce(d.title_name, u.name) end as giver,
      e.tier, e.amount as seconds, e.for_check
    from (
      select * from credit_entries
      where ${whose(q, account)} and (${page.before}::bigint is null or id < ${page.before}::bigint)
      order by id desc limit ${page.limit}
    ) c
    left join usage_events e on e.id = c.event_id
    left join agents a on a.id = e.agent_id
    left join jobs j on j.id = c.job_id
    left join credit_gifts g on g.id = c.gift_id
    left join users u on u.id = g.user_id
    left join donors d on d.user_id = g.user_id
    left join projects p on p.id = coalesce(g.project_id, j.project_id, e.project_id)
    order by c.id desc`;
  return rows.map((row) => ({
    id: String(row.id),
    at: row.at.toISOString(),
    kind: row.kind,
    amount: row.amount,
    sentence: sentenceOf(row),
    // Of a check, nobody is to know whose work it looked at.
    job_id: row.for_check ? null : row.job_id,
  }));
}

function sentenceOf(row: Row): string {
  const machine = row.machine ?? "A machine";
  const film = row.film ?? "a film";
  const job = row.title ? `"${row.title}"` : "a job";
  const time = row.seconds === null
    ? ""
    : `: ${lasted(row.seconds)}${row.tier ? ` at ${TIERS[row.tier].label}` : ""}`;
  switch (row.kind) {
    case "earned":
      return row.for_check
        ? `${machine} helped with a spot check${time}.`
        : `${machine} worked for ${film}${time}.`;
    case "taken_back":
      return `${machine} did work for ${film} that a spot check found wrong.`;
    case "given":
      return `Given to ${film}.`;
    case "received":
      return `A gift of ${row.giver ?? "somebody who is not named"}.`;
    case "reserved":
      return `Set aside for an earlier place of ${job} of ${film}.`;
    case "returned":
      return `${job} of ${film} has ended: what was set aside comes back.`;
    case "spent":
      return `${job} of ${film} came earlier.`;
  }
}

function lasted(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} minutes`;
}

/** RFC 4180; credits with three decimals. */
export function entriesCsv(entries: readonly CreditEntry[]): string {
  return [
    csvLine(["at", "kind", "credits", "what"]),
    ...entries.map(({ at, kind, amount, sentence }) =>
      csvLine([at, kind, (amount / 1000).toFixed(3), sentence])
    ),
  ].join("");
}
