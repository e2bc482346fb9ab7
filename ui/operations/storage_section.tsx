import type { Operations } from "../../shared/api/operations.ts";
import { bytesText, hoursText } from "../state/words.ts";

/** Names and figures, one under the other. */
export function Facts({ rows }: { rows: { name: string; value: string | number; low?: boolean }[] }) {
  return (
    <dl class="facts">
      {rows.map(({ name, value, low }) => (
        <div key={name}>
          <dt class="dim">{name}</dt>
          <dd class={`mono ${low ? "attention-text" : ""}`}>{value}</dd>
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
          { name: "Media", value: `${objects.count.toLocaleString()} files, ${bytesText(objects.bytes)}` },
          {
            name: "Uploads begun",
            value: uploads.count === 0
              ? "none"
              : `${uploads.count.toLocaleString()}, ${bytesText(uploads.bytes)}`,
          },
          {
            name: "Repositories",
            value: `${repositories.count.toLocaleString()}, ${repositories.partial ? "at least " : ""}${
              bytesText(repositories.bytes)
            }`,
          },
          {
            name: "Not yet in Git",
            value: outbox.waiting === 0
              ? "nothing"
              : `${outbox.waiting}, the oldest for ${hoursText(outbox.oldest_s ?? 0)}`,
          },
        ]}
      />
    </section>
  );
}
