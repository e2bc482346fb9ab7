import type { Context } from "hono";
import { ProblemError } from "../../../shared/http/problem.ts";
import type { UserPrincipal } from "../../auth/mod.ts";
import { openSocket } from "../../events/mod.ts";
import { isAway } from "../../http/mod.ts";
import type { ProjectRow } from "../../projects/mod.ts";
import type { Env } from "../../studio.ts";
import { createConnection } from "./connection.ts";

/** Accepts the WebSocket of one open canvas. */
export function openLiveCanvas(c: Context<Env>, project: ProjectRow, user: UserPrincipal): Promise<Response> {
  const studio = c.get("studio");
  const log = c.get("log");
  return openSocket(c, user, (wire, end) =>
    createConnection({
      studio,
      ...studio.canvas.live,
      project,
      user,
      wire,
      end,
      failed(error) {
        if (error instanceof ProblemError && error.status < 500) {
          return end(1008, error.message.slice(0, 120));
        }
        // While the database is away; whoever made it sends it again.
        if (!studio.closing.aborted) {
          log[isAway(error) ? "warn" : "error"]("A change of a canvas could not be kept", {
            project: project.id,
            error,
          });
        }
        end(1011, "The canvas cannot be kept just now; connect again in a moment.");
      },
    }));
}
