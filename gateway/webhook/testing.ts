import { until } from "../agents/testing.ts";
import type { TestStudio } from "../testing/studio.ts";
import { signMessage } from "./mod.ts";

export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAAAAAAAAA=";

export interface Taken {
  id: string;
  data: { id: string; tenant_id: string; kind: string; amount: number; studio: string };
}

/** A billing system on loopback: what it was sent, and how it answers for now. */
export interface Receiver extends AsyncDisposable {
  url: string;
  /** Messages in the order in which they came, also those that it did not take. */
  came: Taken[];
  /** Those that it took. */
  taken: Taken[];
  /** @default takes everything */
  answer: (message: Taken) => Response | Promise<Response>;
  /** Until it is so. */
  until(what: string, is: (receiver: Receiver) => boolean): Promise<void>;
}

export function startReceiver(): Receiver {
  const wrong: string[] = [];
  const receiver: Receiver = {
    url: "",
    came: [],
    taken: [],
    answer: () => new Response(null, { status: 204 }),
    async until(what, is) {
      await until(what, () => {
        if (wrong.length) throw new Error(wrong[0]);
        return is(receiver) || undefined;
      });
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server.finished;
    },
  };
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen() {} },
    async (request) => {
      const body = await request.text();
      const [id, time, signature] = ["id", "timestamp", "signature"].map((name) =>
        request.headers.get(`webhook-${name}`)
      );
      if (signature !== signMessage(SECRET, { id: id!, timestamp: Number(time), body })) {
        wrong.push(`The signature of ${id} is wrong`);
      }
      if (Math.abs(Date.now() / 1000 - Number(time)) > 300) wrong.push(`The time of ${id} is ${time}`);
      const { data } = JSON.parse(body);
      const message = { id: id!, data };
      receiver.came.push(message);
      const answer = await receiver.answer(message);
      if (answer.ok) receiver.taken.push(message);
      return answer;
    },
  );
  receiver.url = `http://127.0.0.1:${server.addr.port}/usage`;
  return receiver;
}

/** What the ledger has of a studio, in its order. */
export async function ledgerOf({ studio }: TestStudio, tenantId: string): Promise<string[]> {
  const rows = await studio.db.sql<{ id: number }[]>`
    select id from usage_events where tenant_id = ${tenantId} order by id`;
  return rows.map(({ id }) => String(id));
}

/** The first coming of each message. */
export function once(messages: Taken[]): Taken[] {
  return messages.filter(({ id }, index) => messages.findIndex((each) => each.id === id) === index);
}
