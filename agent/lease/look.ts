import { GatewayError } from "./client.ts";
import { type AgentState, announceChange, changeOrTimeout, type Machine } from "./state.ts";

/**
 * One look after the other: whoever asks while another is under way gets one that begins after they asked. One that rejects (the gateway
 * refuses the session, or wants another process) is those' who waited for it, and the next begins anew.
 */
export function createLooks(state: () => AgentState): () => Promise<void> {
  let busy: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  // What the gateway has heard last; what it refused to hear is told again after the next look.
  let told: string | null = null;
  const look = async () => {
    told ??= offer(state().machine);
    told = await lookAt(state(), told);
  };
  return () => {
    next ??= busy.catch(() => {}).then(() => {
      next = null;
      return busy = look();
    });
    return next;
  };
}

export interface Heard {
  /** Something has changed since the last look began. */
  news: boolean;
  changed: EventTarget;
}

/** Listens from before the first look on: what comes up while one is under way may be no part of it. */
export function listenTo(news: EventTarget | undefined, signal: AbortSignal): Heard {
  const heard: Heard = { news: false, changed: new EventTarget() };
  const hear = () => {
    heard.news = true;
    heard.changed.dispatchEvent(new Event("change"));
  };
  news?.addEventListener("change", hear, { signal });
  return heard;
}

/** ComfyUI comes and goes, models are added: what this machine offers follows, and the gateway hears of it. */
export async function lookLoop(state: AgentState): Promise<void> {
  const { options, over } = state;
  const { heard } = state;
  let skipped = 0;
  while (!over.signal.aborted) {
    if (!heard.news) await changeOrTimeout(heard.changed, options.lookAgainMs ?? 60_000, over.signal);
    if (over.signal.aborted) return;
    const called = heard.news;
    heard.news = false;
    // Looking asks ComfyUI and the tools for a lot; a machine at work is left alone four times out of five.
    if (!called && state.running.size > 0 && ++skipped % 5 !== 0) continue;
    try {
      await state.look();
    } catch (error) {
      // What runs here is no part of what it would not hear.
      if (!(error instanceof GatewayError) || error.refusal !== "refused") throw error;
      options.reporter.trouble(
        "session",
        `The gateway refuses what this machine offers now: ${error.message}`,
      );
    }
  }
}

/** What the gateway was told of what this machine offers: before, and then. Rejects when it was not to be told. */
async function lookAt(state: AgentState, told: string): Promise<string> {
  const { options, over } = state;
  const machine = await options.look(over.signal).catch(() => null);
  if (!machine || over.signal.aborted) return told;
  state.machine = machine;
  const now = offer(machine);
  if (now === told) return told;
  options.reporter.say(`What this machine offers has changed: ${sentenceOf(machine)}`);
  await state.openSession();
  announceChange(state);
  return now;
}

/** What counts as a change: not the free disk, which moves with every file and is in each heartbeat. */
function offer({ facts }: Machine): string {
  return JSON.stringify({ ...facts, disk_free_mb: 0 });
}

function sentenceOf({ facts }: Machine): string {
  return facts.slots.map((slot) => `${slot.slot}: ${slot.capabilities.join(", ") || "nothing"}`).join("; ");
}
