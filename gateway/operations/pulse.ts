const EVERY_MS = 250;
/** A minute of them. */
const MOST = 240;

/** How late this process comes to what it wanted to do: a timer that should ring every 250 ms, and when it does. */
export interface Pulse extends Disposable {
  lateness(): { mean_ms: number; max_ms: number };
}

export function startPulse(): Pulse {
  const late: number[] = [];
  let expected = performance.now() + EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - expected));
    if (late.length > MOST) late.shift();
    expected = now + EVERY_MS;
  }, EVERY_MS);
  // It keeps no program alive.
  Deno.unrefTimer(timer);
  return {
    lateness() {
      // What holds it up just now counts too.
      const all = [...late, Math.max(0, performance.now() - expected)];
      const mean = all.reduce((sum, each) => sum + each, 0) / all.length;
      return { mean_ms: round(mean), max_ms: round(Math.max(...all)) };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
