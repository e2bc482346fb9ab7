import type { Notice } from "../../shared/api/work.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";

/** A sentence for everybody in the project. */
export async function tell(
  { db, events }: Studio,
  project: ProjectRow,
  level: Notice["level"],
  sentence: string,
  nodeId: string | null = null,
): Promise<void> {
  const id = uuidv7();
  const [row] = await db.sql<{ at: Date }[]>`
    insert into notices (id, tenant_id, project_id, level, sentence, node_id)
    values (${id}, ${project.tenant_id}, ${project.id}, ${level}, ${sentence}, ${nodeId}) returning at`;
  events.publish(project.tenant_id, project.id, {
    type: "notice",
    notice: { id, at: row!.at.toISOString(), level, sentence, job_id: null, node_id: nodeId },
  });
}
