import { report } from "./report.ts";
import { soak } from "./soak.ts";

/** `deno task soak`: ten minutes as the issue of several gateways wants them, or `SOAK_SECONDS`. Ends with 1 when something does not agree. */
if (import.meta.main) {
  const number = (name: string, otherwise: number) => Number(Deno.env.get(name) ?? otherwise);
  try {
    const soaked = await soak({
      seconds: number("SOAK_SECONDS", 600),
      gateways: 3,
      agents: number("SOAK_AGENTS", 50),
      crews: 2,
      people: number("SOAK_PEOPLE", 6),
      pushers: number("SOAK_PUSHERS", 3),
      donor: { here: 35, away: 12 },
      killEvery: 20,
      downFor: 6,
      say: (sentence) => console.log(`${new Date().toISOString().slice(11, 19)} ${sentence}`),
    });
    console.log(report(soaked));
  } catch (error) {
    console.error(error instanceof Error ? `${error.message}\n${error.stack}` : error);
    Deno.exit(1);
  }
}
