import { attempt } from "../testing/validators.ts";

/** Whether somebody may do something, as IAM itself would decide it. */
export interface Question {
  /** What is asked, for whoever reads a failure. */
  name: string;
  action: string;
  resource: string;
  context?: Record<string, string | string[]>;
  identity: unknown[];
  session?: unknown;
  /** The bucket's own. */
  resourcePolicy?: unknown;
}

const ACCOUNT = "123456789012";
const ROLE = `arn:aws:sts::${ACCOUNT}:assumed-role/studio/session`;

/**
 * Asks an evaluator of IAM policies that npm has, taken by this run alone: it is nobody's dependency. By name of the question, "Allowed",
 * "ExplicitlyDenied" or "ImplicitlyDenied"; or why that cannot be said here.
 */
export async function simulate(
  questions: Question[],
): Promise<Map<string, string> | { missing: string }> {
  const asked = questions.map(({ name, action, resource, context, identity, session, resourcePolicy }) => ({
    name,
    simulation: {
      request: {
        principal: ROLE,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { "aws:SecureTransport": "true", ...context },
      },
      identityPolicies: identity.map((policy, at) => ({ name: `policy-${at}`, policy })),
      ...session ? { sessionPolicy: session } : {},
      ...resourcePolicy ? { resourcePolicy } : {},
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
  }));
  const file = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(file, JSON.stringify(asked));
  const code = `
    const load = (name) => import(name).catch((error) => { console.log(error.message); Deno.exit(3); });
    const { runSimulation } = await load("npm:@cloud-copilot/iam-simulate@0.1.173");
    for (const { name, simulation } of JSON.parse(await Deno.readTextFile(${JSON.stringify(file)}))) {
      const result = await runSimulation(simulation, {});
      const said = result.overallResult ?? result.analysis?.result ?? JSON.stringify(result);
      console.log("ANSWER " + JSON.stringify([name, said]));
    }`;
  const { code: exit, said } = await attempt(Deno.execPath(), [
    ...["eval", "--no-config", "--no-lock", "--node-modules-dir=none"],
    code,
  ]);
  await Deno.remove(file);
  if (exit === 3) {
    return { missing: `the evaluator could not be had from npm: ${said.trim().split("\n").at(-1)}` };
  }
  if (exit !== 0) throw new Error(said);
  return new Map(
    [...said.matchAll(/^ANSWER (.*)$/gm)].map(([, line]) => JSON.parse(line!) as [string, string]),
  );
}
