import type { z } from "zod";
import type { Conform, ConformRequest } from "../../shared/api/work.ts";
import { EdlError, type EdlEvent, lineOf, parseEdl, type Timeline } from "../../shared/edl/mod.ts";
import { FcpxmlError, readFcpxml } from "../../shared/fcpxml/mod.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { OtioError, readOtio } from "../../shared/otio/mod.ts";
import { type Rate, RATES } from "../../shared/time/rate.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { assemblerOf } from "./compile.ts";
import { planConform } from "./plan.ts";

/** Says what a cut list would change on the canvas, and with `apply` changes it. ProblemError unprocessable names the line. */
export async function conformFilm(
  studio: Studio,
  project: ProjectRow,
  user: UserPrincipal,
  assembler: string,
  body: z.infer<typeof ConformRequest>,
): Promise<z.infer<typeof Conform>> {
  const { sql } = studio.db;
  const { graph, version } = await studio.canvas.read(sql, project.id, project.branch);
  const node = assemblerOf(graph, assembler);
  const { timeline, placeOf, left } = readList(body.text, RATES[project.fps]);
  const shots = graph.nodes.filter((each) => each.type === "shot").map((each) => each.id);
  const [takes, active] = [
    await studio.takes.all(sql, project.id),
    await studio.takes.active(sql, project.id, shots, project.branch),
  ];
  const files = await studio.assets.audio(sql, project.id);
  const sounds = files.map(({ path, oid, size }) => ({ path, oid, size }));
  const plan = planConform({
    ...{ graph, assembler: node.id, timeline, placeOf, takes, sounds, active, newId: uuidv7 },
  });
  const { changes, unmatched, operations } = plan;
  const activate = plan.activate.map((take_id) => {
    const node = takes.find((take) => take.id === take_id)?.node_id ?? "";
    return { take_id, was: active.get(node)?.id ?? null };
  });
  const answer = { changes, unmatched, notes: [...left, ...plan.notes], operations, activate };
  if (!body.apply) return { applied: false, version, ...answer };
  if (unmatched.length && !plan.operations.length && !plan.activate.length) {
    throw new ProblemError(
      "unprocessable",
      `Nothing of this list could be matched. ${unmatched[0]!.reason}`,
      {
        errors: unmatched.map((each) => ({ path: each.place, message: each.reason })),
      },
    );
  }
  // As it was looked at: somebody else's change in between answers 409, and nothing is changed.
  const done = plan.operations.length
    ? await studio.canvas.patch(project, plan.operations, {
      version: body.version ?? version,
      by: user.name,
    })
    : { version };
  for (const take of plan.activate) await studio.takes.activate(project, take, user.name);
  return { applied: true, version: done.version, ...answer };
}

interface List {
  timeline: Timeline;
  placeOf: (event: EdlEvent) => string;
  left: string[];
}

/** OpenTimelineIO is JSON, FCPXML is XML, and a CMX3600 list neither. */
export function readList(text: string, rate: Rate): List {
  try {
    if (/^\ufeff?\s*\{/.test(text)) {
      const { timeline, places, left } = readOtio(text.replace(/^\ufeff/, ""), rate);
      return { timeline, left, placeOf: (event) => places.get(event) ?? `event ${event.number}` };
    }
    if (/^\ufeff?\s*</.test(text)) {
      const { timeline, places, left } = readFcpxml(text, rate);
      return { timeline, left, placeOf: (event) => places.get(event) ?? `event ${event.number}` };
    }
    const timeline = parseEdl(text, rate);
    return { timeline, left: [], placeOf: (event) => `line ${lineOf(event)}` };
  } catch (cause) {
    throw listProblem(cause);
  }
}

/** What is wrong with a list, with its line as the path. Other errors are given back as they are. */
export function listProblem(cause: unknown): unknown {
  if (cause instanceof OtioError) return new ProblemError("unprocessable", cause.message, { cause });
  if (!(cause instanceof EdlError || cause instanceof FcpxmlError)) return cause;
  const errors = cause.line === null ? [] : [{ path: `line ${cause.line}`, message: cause.message }];
  return new ProblemError("unprocessable", cause.message, { cause, errors });
}
