import { type GatewayClient, GatewayError } from "./client.ts";
import type { JobLog } from "./job_log.ts";

/** Milliseconds between two looks. */
const EVERY_MS = 5_000;

export interface LogSender extends AsyncDisposable {
  /** Now, before the lease ends: afterwards nobody listens. Never rejects. */
  flush(): Promise<void>;
}

/**
 * Brings the last lines of a job to the gateway every few seconds while they change. A gateway that does not take them (an older
 * one) is not asked again; one that is away is asked with the next lines.
 */
export function sendLog(
  client: Pick<GatewayClient, "log">,
  lease: string,
  log: JobLog,
  everyMs: number = EVERY_MS,
): LogSender {
  let sent = 0;
  let over = false;
  let sending: Promise<void> = Promise.resolve();
  const send = () => sending = sending.then(one);
  async function one(): Promise<void> {
    const { version } = log;
    if (over || version === sent) return;
    try {
      await client.log(lease, log.tail(), AbortSignal.timeout(5_000));
      sent = version;
    } catch (error) {
      over = error instanceof GatewayError && error.refusal !== "unavailable";
    }
  }
  const timer = setInterval(send, everyMs);
  return {
    flush: send,
    async [Symbol.asyncDispose]() {
      over = true;
      clearInterval(timer);
      await sending;
    },
  };
}
