import type { Context } from "hono";
import { isAway } from "../http/mod.ts";
import type { StudioEvent } from "../../shared/events/events.ts";
import { MAIN } from "../../shared/project/branch.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Env } from "../studio.ts";
import { openSocket } from "./open_socket.ts";
import { createScreen } from "./screen.ts";

/** An event as a screen of one branch is told of it; null when it is another's. */
function asOf(branch: string, event: StudioEvent): StudioEvent | null {
  if (event.type === "canvas") return (event.branch ?? MAIN) === branch ? event : null;
  if (event.type !== "take") return event;
  const { take, where } = event;
  const there = (where ?? [{ branch: take.branch ?? MAIN, active: take.active }])
    .find((each) => each.branch === branch);
  if (!there) return null;
  return there.active === take.active && !where
    ? event
    : { type: "take", take: { ...take, active: there.active } };
}

/** Accepts the WebSocket and keeps it told until either side ends it. */
export function openScreen(c: Context<Env>, project: ProjectRow, user: UserPrincipal): Promise<Response> {
  const studio = c.get("studio");
  const log = c.get("log");
  return openSocket(c, user, (socket, end) => {
    const screen = createScreen(socket, {
      end,
      readState: () => studio.events.state(project),
      failed: (error) =>
        log[isAway(error) ? "warn" : "error"]("The state of a project could not be read", {
          project: project.id,
          error,
        }),
    });
    // Before the state is read: what happens from here on is in it or comes after it.
    const heard = studio.events.subscribe(
      { tenant_id: project.tenant_id, project_id: project.id },
      (event) => {
        const own = asOf(project.branch, event);
        if (own) screen.hear(own);
      },
    );
    void screen.sync();
    return { said: screen.said, resync: () => void screen.sync(), [Symbol.dispose]: heard[Symbol.dispose] };
  });
}
