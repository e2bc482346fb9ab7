/**
 * What a cloud says, on its own machines, before it takes a spot machine away: AWS two minutes before, Google and Azure thirty seconds.
 * Asked only where `--spot` names the cloud; the agent may reach that one address for it.
 */
export const CLOUDS = ["aws", "gcp", "azure"] as const;
export type Cloud = typeof CLOUDS[number];

/** Link-local: answered by the machine's own hypervisor, never routed. */
const LINK_LOCAL = "http://169.254.169.254";

/** As `--allow-net` takes it. Google's other name for it, metadata.google.internal, would want a name server. */
export const SPOT_HOST = "169.254.169.254:80";

/** Milliseconds between two questions, as the clouds advise, and until one is given up. */
export const SPOT_EVERY_MS = 5_000;
const ANSWER_MS = 2_000;

/** As the command line says, else as join kept it; null: does not ask. */
export function spotOf(
  line: { spot: Cloud | null | undefined },
  config: { spot?: Cloud | undefined } | null,
): Cloud | null {
  return line.spot === undefined ? config?.spot ?? null : line.spot;
}

/** The machine will be taken away. */
export interface Notice {
  /** "AWS takes this machine back at 12:04:31" */
  sentence: string;
  /** Seconds that are left, as far as the cloud says. */
  secondsLeft: number;
}

type Ask = (path: string, init?: RequestInit) => Promise<Response>;

const LOOK: Record<Cloud, (ask: Ask) => Promise<Notice | null>> = { aws, gcp, azure };

const NAMES: Record<Cloud, string> = { aws: "AWS", gcp: "Google Cloud", azure: "Azure" };

/** One question. Null: it stays. Rejects when nobody answers, as on a machine of another cloud or none. */
export async function lookForNotice(cloud: Cloud, options: SpotOptions = {}): Promise<Notice | null> {
  const { at = LINK_LOCAL, signal } = options;
  return await LOOK[cloud]((path, init) =>
    fetch(at + path, {
      ...init,
      // A proxy or a redirect would be somebody else's answer.
      redirect: "error",
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...signal ? [signal] : []]),
    })
  );
}

export interface SpotOptions {
  /** Where the metadata service is, instead of the clouds' own address. */
  at?: string;
  everyMs?: number;
  signal?: AbortSignal;
}

/**
 * Asks until the notice comes, then calls `reclaimed` once; ends when aborted. Nobody answering is said once, and again when it lasts after
 * an answer; it is asked on, as a metadata service may be late at boot.
 */
export async function watchSpot(
  cloud: Cloud,
  on: { reclaimed(notice: Notice): void; trouble(sentence: string): void; settled(): void },
  options: SpotOptions & { signal: AbortSignal },
): Promise<void> {
  const { signal, everyMs = SPOT_EVERY_MS } = options;
  while (!signal.aborted) {
    try {
      const notice = await lookForNotice(cloud, options);
      on.settled();
      if (notice) return on.reclaimed(notice);
    } catch (error) {
      if (signal.aborted) return;
      on.trouble(
        `${NAMES[cloud]} does not say whether it takes this machine back (--spot ${cloud}): ${
          (error as Error).message
        }`,
      );
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, everyMs);
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}

/** IMDSv2: a token first. 404 means no notice; else `{"action": "terminate", "time": "2026-09-18T08:22:00Z"}`. */
async function aws(ask: Ask): Promise<Notice | null> {
  const token = await ask("/latest/api/token", {
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
  });
  const said = (await well(token)).trim();
  const answer = await ask("/latest/meta-data/spot/instance-action", {
    headers: { "x-aws-ec2-metadata-token": said },
  });
  if (answer.status === 404) return await ignored(answer);
  const { action, time } = jsonOf(await well(answer));
  return taken("AWS", typeof action === "string" ? action : "terminate", time, 120);
}

/** The plain word TRUE or FALSE. */
async function gcp(ask: Ask): Promise<Notice | null> {
  const answer = await ask("/computeMetadata/v1/instance/preempted", {
    headers: { "metadata-flavor": "Google" },
  });
  const said = (await well(answer)).trim();
  if (!/^(true|false)$/i.test(said)) throw new Error(`it answered "${said.slice(0, 60)}"`);
  return /^true$/i.test(said) ? taken("Google Cloud", "preempt", undefined, 30) : null;
}

/**
 * Events of all machines of a set come to each of them, so the one about this machine is looked for by its name. Only a Preempt takes it
 * away; reboots and redeployments are the operating system's SIGTERM.
 */
async function azure(ask: Ask): Promise<Notice | null> {
  const headers = { metadata: "true" };
  const answer = await ask("/metadata/scheduledevents?api-version=2020-07-01", { headers });
  const { Events: events } = jsonOf(await well(answer));
  const preempts = (Array.isArray(events) ? events : []).filter((each) => each?.EventType === "Preempt");
  if (!preempts.length) return null;
  const name = (await well(
    await ask("/metadata/instance/compute/name?api-version=2021-02-01&format=text", { headers }),
  )).trim();
  const mine = preempts.find(({ Resources }) => Array.isArray(Resources) && Resources.includes(name));
  return mine ? taken("Azure", "preempt", mine.NotBefore, 30) : null;
}

function taken(cloud: string, action: string, time: unknown, otherwiseS: number): Notice {
  const at = typeof time === "string" && time !== "" ? Date.parse(time) : NaN;
  const secondsLeft = Number.isNaN(at) ? otherwiseS : Math.max(0, Math.round((at - Date.now()) / 1000));
  return {
    sentence: `${cloud} takes this machine back in ${secondsLeft} s (${action.slice(0, 40)})`,
    secondsLeft,
  };
}

async function well(answer: Response): Promise<string> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  return text;
}

async function ignored(answer: Response): Promise<null> {
  await answer.body?.cancel();
  return null;
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object") return value;
  } catch {
    // Said below.
  }
  throw new Error(`it answered "${text.slice(0, 60)}"`);
}
