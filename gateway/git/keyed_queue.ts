/** Runs work of one key in the order it came, one at a time; different keys run side by side. */
export class KeyedQueue {
  #tails = new Map<string, Promise<void>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const tail = result.then(() => {}, () => {}).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return result;
  }

  /** Until what was queued so far under the key (under all) has ended, well or badly. */
  async idle(key?: string): Promise<void> {
    const tails = key === undefined ? [...this.#tails.values()] : [this.#tails.get(key)];
    await Promise.all(tails);
  }
}
