import { type ProblemCode, PROBLEMS } from "../../shared/http/problem.ts";

/** A refusal as the gateway words it. */
export function problem(code: ProblemCode, detail: string): Response {
  const status = PROBLEMS[code];
  return Response.json({ type: `/problems/${code}`, title: code, status, detail, code }, {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}
