import { ProblemError } from "../../shared/http/problem.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { creditText } from "../../shared/jobs/price.ts";
import { writeAudit } from "../audit/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Querier, Sql } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { balanceOf, holdAccount } from "./accounts.ts";
import { projectEarnings } from "./earn.ts";

/** From a person's account into a film's purse. ProblemError unprocessable when there are not so many. */
export async function give(
  sql: Sql,
  user: UserPrincipal,
  project: ProjectRow,
  amount: number,
): Promise<void> {
  const tenant_id = user.tenant_id;
  await sql.begin(async (tx) => {
    await projectEarnings(tx, tenant_id);
    const account = { tenantId: tenant_id, userId: user.user_id };
    await holdAccount(tx, account);
    const has = await balanceOf(tx, account);
    if (has < amount) {
      throw new ProblemError(
        "unprocessable",
        `You have ${creditText(has)} credits to give, and not ${creditText(amount)}.`,
      );
    }
    const gift_id = uuidv7();
    await tx`
      insert into credit_gifts ${
      tx({ id: gift_id, tenant_id, project_id: project.id, user_id: user.user_id, amount })
    }`;
    await tx`
      insert into credit_entries ${
      tx([
        { tenant_id, user_id: user.user_id, project_id: null, kind: "given", amount: -amount, gift_id },
        { tenant_id, user_id: null, project_id: project.id, kind: "received", amount, gift_id },
      ])
    }`;
    await writeAudit(tx, {
      tenantId: tenant_id,
      who: user,
      what: "credits_given",
      subject: { id: project.id, name: project.title },
      detail: { credits: creditText(amount) },
    });
  });
}

/** Who gave to a film, the most first; null: those who want no name, together. */
export async function giversOf(
  q: Querier,
  projectId: string,
): Promise<{ name: string | null; amount: number }[]> {
  return await q<{ name: string | null; amount: number }[]>`
    select case when coalesce(d.named, true) then coalesce(d.title_name, u.name) end as name,
      sum(g.amount)::bigint as amount
    from credit_gifts g join users u on u.id = g.user_id left join donors d on d.user_id = g.user_id
    where g.project_id = ${projectId}
    group by 1 order by amount desc, name nulls last`;
}

export interface DonorName {
  named: boolean;
  title_name: string | null;
}

export async function donorName(q: Querier, userId: string): Promise<DonorName> {
  const [row] = await q<DonorName[]>`select named, title_name from donors where user_id = ${userId}`;
  return row ?? { named: true, title_name: null };
}

export async function setDonorName(q: Querier, user: UserPrincipal, name: DonorName): Promise<void> {
  await q`
    insert into donors ${q({ user_id: user.user_id, tenant_id: user.tenant_id, ...name })}
    on conflict (user_id) do update set named = excluded.named, title_name = excluded.title_name`;
}
