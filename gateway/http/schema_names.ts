import { z } from "zod";
import * as agents from "../../shared/agents/protocol.ts";
import * as auth from "../../shared/api/auth.ts";
import * as files from "../../shared/api/files.ts";
import * as library from "../../shared/api/library.ts";
import * as projects from "../../shared/api/project.ts";
import * as work from "../../shared/api/work.ts";
import * as graph from "../../shared/canvas/graph.ts";
import * as operations from "../../shared/canvas/operations.ts";
import * as events from "../../shared/events/events.ts";
import * as problem from "../../shared/http/problem.ts";
import * as jobs from "../../shared/jobs/job.ts";
import * as lfs from "../../shared/lfs/batch.ts";
import * as manifest from "../../shared/project/manifest.ts";
import * as runners from "../../shared/runners/manifest.ts";

/** The wire schemas by the names they have in code: a schema exported from shared/ is a component of that name. */
export function namesOf(): Map<z.ZodType, string> {
  const names = new Map<z.ZodType, string>();
  for (
    const room of [
      projects,
      work,
      library,
      files,
      jobs,
      graph,
      operations,
      agents,
      auth,
      events,
      problem,
      lfs,
      manifest,
      runners,
    ] as Record<string, unknown>[]
  ) {
    for (const [name, value] of Object.entries(room)) {
      if (value instanceof z.ZodType && isShape(value) && !names.has(value)) names.set(value, name);
    }
  }
  return names;
}

/** Objects and unions deserve a name; a patterned string is clearer in place. */
function isShape(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject || schema instanceof z.ZodDiscriminatedUnion ||
    schema instanceof z.ZodUnion;
}
