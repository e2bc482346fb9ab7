/** Milliseconds between a gateway's signs of life to the others, and of silence until it is taken for dead. */
export const ALIVE_MS = 2_000;
const DEAD_AFTER_MS = 6_000;

/**
 * The other gateways of this database, by what they say. One that falls silent without a farewell was killed: it may have changed a row
 * and told nobody.
 */
export interface Neighbours extends Disposable {
  heard(from: string, farewell: boolean): void;
  /** The line was down: their silence says nothing. */
  forget(): void;
}

export function createNeighbours(died: () => void): Neighbours {
  const heardAt = new Map<string, number>();
  const timer = setInterval(() => {
    const now = performance.now();
    const dead = [...heardAt].filter(([, at]) => now - at > DEAD_AFTER_MS);
    for (const [from] of dead) heardAt.delete(from);
    if (dead.length) died();
  }, ALIVE_MS);
  return {
    heard(from, farewell) {
      if (farewell) heardAt.delete(from);
      else heardAt.set(from, performance.now());
    },
    forget: () => heardAt.clear(),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
