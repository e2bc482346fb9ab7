import type { ComponentChildren } from "preact";
import type { Operations } from "../../shared/api/operations.ts";
import { bytesText, hoursText } from "../state/words.ts";

/** Names and figures, one under the other. */
export function Facts({ rows }: { rows: [name: string, value: ComponentChildren][] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt class="dim">{name}</dt>
          <dd class="mono">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What the studio keeps, and what is on its way. */
export function StorageSection({ storage }: { storage: Operations["storage"] }) {
  const { objects, uploads, repositories, outbox } = storage;
  return (
    <section>
      <h2>Storage</h2>
      <Facts
        rows={[
          ["Media", `${objects.count.toLocaleString()} files, ${bytesText(objects.bytes)}`],
          [
            "Uploads begun",
            uploads.count === 0 ? "none" : `${uploads.count.toLocaleString()}, ${bytesText(uploads.bytes)}`,
          ],
          [
            "Repositories",
            `${repositories.count.toLocaleString()}, ${repositories.partial ? "at least " : ""}${
              bytesText(repositories.bytes)
            }`,
          ],
          [
            "Not yet in Git",
            outbox.waiting === 0
              ? "nothing"
              : `${outbox.waiting}, the oldest since ${hoursText(outbox.oldest_s ?? 0)}`,
          ],
        ]}
      />
    </section>
  );
}
