import type { Studio } from "../studio.ts";
import type { Desk } from "./desk.ts";
import type { Footprints } from "./footprints.ts";
import type { AgentNames } from "./names.ts";
import type { Pace } from "./pace.ts";
import type { ProgressBoard } from "./progress.ts";
import type { Stops } from "./stops.ts";
import type { Waiters } from "./waiters.ts";

/** What the parts of this room share: the studio, whoever waits for a job, and what the screens need only now. */
export interface Room {
  studio: Studio;
  waiters: Waiters;
  stops: Stops;
  progress: ProgressBoard;
  names: AgentNames;
  footprints: Footprints;
  /** Lanes of the queue whose best fit was looked at (lane_fits.ts). */
  lanes: Set<string>;
  /** When a lane was looked at for work to be made lower. */
  lowered: Pace;
  /** When a picture of a grant was kept last. */
  pictured: Pace;
  /** Where takes are asked for. */
  desk: Desk;
}
