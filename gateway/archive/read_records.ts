import type { Querier } from "../db/mod.ts";
import { isKind, type Kind, LINES, type Row } from "./format.ts";
import { renamed, type Renaming } from "./new_ids.ts";
import { anyTaken } from "./rows.ts";
import { unfit } from "./unzip.ts";

/** Characters of one line: a take with the prompt it was made from, many times over. */
const LONGEST = 16 * 1024 ** 2;
/** Rows handed on together. */
const TOGETHER = 500;
const MOST_ROWS = 2_000_000;

/** What is known of an archive's rows after they were read once. */
export interface Surveyed {
  /** Of each kind that has ids of its own. */
  ids: Record<"job" | "take" | "export" | "asset", Set<string>>;
  /** Objects that the archive has or its studio had: by oid. */
  objects: Map<string, { size: number; file: string | null }>;
  branches: Row<"branch">[];
  /** Objects that takes, films and assets need; those of posters and proxies, which can do without, have no size. */
  needed: Map<string, number | null>;
}

/** Reads all rows once: each is what its kind says, they refer to each other, and nothing twice. ProblemError unprocessable. */
export async function surveyRecords(path: string): Promise<Surveyed> {
  const ids = {
    job: new Set<string>(),
    take: new Set<string>(),
    export: new Set<string>(),
    asset: new Set<string>(),
  };
  const objects: Surveyed["objects"] = new Map();
  const branches = new Map<string, Row<"branch">>();
  const needed: Surveyed["needed"] = new Map();
  const need = (oid: string | null, size: number | null) => {
    if (oid !== null && (needed.get(oid) ?? null) === null) needed.set(oid, size);
  };
  const claim = (kind: keyof typeof ids, id: string) => {
    if (ids[kind].has(id)) throw unfit(`The archive has the ${kind} ${id} twice; export it again.`);
    ids[kind].add(id);
  };
  const refer = (kind: keyof typeof ids, id: string, from: string) => {
    if (!ids[kind].has(id)) {
      throw unfit(`The archive is not whole: a ${from} refers to the ${kind} ${id}, which is not in it.`);
    }
  };
  for await (const { kind, row } of records(path)) {
    switch (kind) {
      case "branch": {
        const branch = row as Row<"branch">;
        if (branches.has(branch.name)) {
          throw unfit(`The archive has the branch ${branch.name} twice; export it again.`);
        }
        branches.set(branch.name, branch);
        break;
      }
      case "job":
        claim("job", (row as Row<"job">).id);
        break;
      case "job_event":
        refer("job", (row as Row<"job_event">).job_id, "job's event");
        break;
      case "take":
      case "export": {
        const made = row as Row<"take"> | Row<"export">;
        claim(kind, made.id);
        refer("job", made.job_id, kind);
        need(made.oid, made.size);
        need(made.poster_oid, null);
        need(made.proxy_oid, null);
        break;
      }
      case "active_take":
        refer("take", (row as Row<"active_take">).take_id, "choice");
        break;
      case "asset":
        claim("asset", (row as Row<"asset">).id);
        need((row as Row<"asset">).oid, (row as Row<"asset">).size);
        break;
      case "object":
        objects.set((row as Row<"object">).oid, row as Row<"object">);
    }
  }
  return { ids, objects, needed, branches: [...branches.values()] };
}

type Told = Exclude<Kind, "object" | "branch">;

/** Whether the database has one of these ids, which would make the rows another project's. */
export async function idsTaken(q: Querier, { ids }: Surveyed): Promise<boolean> {
  for (const kind of ["job", "take", "export", "asset"] as const) {
    const all = [...ids[kind]];
    for (let at = 0; at < all.length; at += 5000) {
      if (await anyTaken(q, kind, all.slice(at, at + 5000))) return true;
    }
  }
  return false;
}

/** The rows once more, but those of branches, some of one kind at a time, under the ids that they are to have here. */
export async function* rowsOf(
  path: string,
  renaming: Renaming | null,
): AsyncGenerator<{ kind: Told; rows: Row[] }> {
  let kind: Told | null = null;
  let rows: Row[] = [];
  for await (const record of records(path)) {
    if (rows.length && (record.kind !== kind || rows.length === TOGETHER)) {
      yield { kind: kind!, rows };
      rows = [];
    }
    if (record.kind === "branch") continue;
    if (record.kind === "object") return;
    kind = record.kind;
    rows.push(renaming ? renamed(renaming, record.row) : record.row);
  }
  if (rows.length) yield { kind: kind!, rows };
}

/** Line by line; a row is kept as it was written, with what its schema does not know. */
async function* records(path: string): AsyncGenerator<{ kind: Kind; row: Row }> {
  let nth = 0;
  for await (const line of lines(path)) {
    if (++nth > MOST_ROWS) throw unfit(`The archive has more than ${MOST_ROWS} rows.`);
    const wrong = (why: string) =>
      unfit(`Line ${nth} of the archive's records cannot be read: ${why}. Export the project again.`);
    let parts: unknown;
    try {
      parts = JSON.parse(line);
    } catch {
      throw wrong("it is not JSON");
    }
    const [kind, row] = Array.isArray(parts) ? parts : [];
    if (typeof kind !== "string" || !isKind(kind)) {
      throw unfit(
        "The archive was made by a newer studio: it has records that this one does not know. Update this studio first.",
      );
    }
    const parsed = LINES[kind].safeParse(row);
    if (!parsed.success) {
      const { path: field, message } = parsed.error.issues[0]!;
      throw wrong(`${kind} ${field.map(String).join(".") || "(whole)"}: ${message}`);
    }
    yield { kind, row: row as Row };
  }
}

async function* lines(path: string): AsyncGenerator<string> {
  let rest = "";
  const text = (await Deno.open(path)).readable.pipeThrough(new TextDecoderStream());
  for await (const chunk of text) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    if (rest.length > LONGEST) {
      throw unfit("A line of the archive's records is endless; export the project again.");
    }
    yield* parts;
  }
  if (rest) yield rest;
}
