/** Reads the bits of a unit of H.264 (ITU-T H.264, 7.2 and 9.1), without the bytes that keep start codes out of it (7.4.1). */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** `unit` from its header byte on; RangeError where something is read beyond its end. */
  constructor(unit: Uint8Array) {
    const plain: number[] = [];
    for (const [i, byte] of unit.entries()) {
      if (byte === 3 && i >= 2 && unit[i - 1] === 0 && unit[i - 2] === 0) continue;
      plain.push(byte);
    }
    this.#bytes = Uint8Array.from(plain);
  }

  /** Bits that have been read. */
  get at(): number {
    return this.#at;
  }

  /** u(n): a number of so many bits. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw new RangeError("The unit ends early.");
      value = value * 2 + ((byte >> (7 - (this.#at++ & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** ue(v): zeros, a one, and as many bits as there were zeros. */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) if (++zeros > 31) throw new RangeError("The unit holds no such number.");
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v): 0, 1, -1, 2, -2, … */
  se(): number {
    const value = this.ue();
    return value % 2 ? (value + 1) / 2 : -value / 2;
  }
}
