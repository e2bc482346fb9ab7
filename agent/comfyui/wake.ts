/** Waits that can be cut short, also by what happened before they began. */
export class Wake {
  #woken = false;
  #waiting: (() => void) | null = null;

  up(): void {
    this.#woken = true;
    this.#waiting?.();
  }

  /** True when it was woken, false when `ms` have passed. */
  async within(ms: number): Promise<boolean> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#waiting = null;
    }
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }
}
