import { pause } from "../lease/backoff.ts";
import { resultIn, startTestAgent } from "./agent.ts";
import type { TestGateway } from "./gateway.ts";

/** A real agent process for crash tests: `<gateway> <token> <data dir> render|finish`. It is there to be killed. */
const [url, token, dataDir, what] = Deno.args as [string, string, string, string];
const agent = startTestAgent({ url, token } as TestGateway, dataDir, {
  async run(_, { folder, signal }) {
    if (what === "render") await pause(600_000, signal);
    return await resultIn(folder, new TextEncoder().encode("a render that survives"));
  },
});
await agent.ended;
