import { z } from "zod";
import type { Studio } from "../studio.ts";

const CHANNEL = "studio_git_ways";
const Said = z.object({ from: z.string(), project: z.string(), who: z.string(), free: z.boolean() });
type Said = z.infer<typeof Said>;

/** What to do when somebody sets out to push, and when their push has arrived. */
export interface Way {
  giveWay(projectId: string, who: string): void;
  wayIsFree(projectId: string, who: string): void;
}

/**
 * Here and at the other gateways: whichever of them serves a push, any of them may be about to commit. A word that is lost costs the
 * person another try, no more.
 */
export function shareWays(studio: Studio, here: Way): Way & AsyncDisposable {
  const self = crypto.randomUUID();
  const act = ({ project, who, free }: Omit<Said, "from">) =>
    free ? here.wayIsFree(project, who) : here.giveWay(project, who);
  const failed = (error: unknown) =>
    studio.log?.debug("Other gateways are not told of pushes, or not heard", { error });
  const listening = studio.db.kind === "embedded" ? null : studio.db.listen(CHANNEL, (payload) => {
    const said = Said.safeParse(JSON.parse(payload));
    if (said.success && said.data.from !== self) act(said.data);
  }).catch(failed);
  const tell = (word: Omit<Said, "from">) => {
    act(word);
    if (!listening) return;
    studio.db.sql`select pg_notify(${CHANNEL}, ${JSON.stringify({ from: self, ...word })})`.catch(failed);
  };
  return {
    giveWay: (project, who) => tell({ project, who, free: false }),
    wayIsFree: (project, who) => tell({ project, who, free: true }),
    async [Symbol.asyncDispose]() {
      await (await listening)?.[Symbol.asyncDispose]();
    },
  };
}
