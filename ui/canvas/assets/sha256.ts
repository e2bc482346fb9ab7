/**
 * SHA-256 (FIPS 180-4) of a file piece by piece: the browser's own `crypto.subtle` wants the whole of it in memory, and exists on secure
 * pages only.
 */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Hex; nothing can be added afterwards. */
  digest(): string;
}

const BLOCK = 64;

/** The first 32 bits of the fractional parts of the roots of the first primes: cube roots for K, square roots for the start. */
const { K, START } = constants();

export function createSha256(): Sha256 {
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  const rest = new Uint8Array(BLOCK);
  let held = 0, total = 0;

  function update(bytes: Uint8Array): void {
    total += bytes.length;
    let at = 0;
    if (held) {
      at = Math.min(BLOCK - held, bytes.length);
      rest.set(bytes.subarray(0, at), held);
      held += at;
      if (held < BLOCK) return;
      compress(state, words, new DataView(rest.buffer), 0);
      held = 0;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; at + BLOCK <= bytes.length; at += BLOCK) compress(state, words, view, at);
    rest.set(bytes.subarray(at));
    held = bytes.length - at;
  }

  return {
    update,
    digest() {
      const bits = total * 8;
      const end = new Uint8Array((held < 56 ? 56 : 120) - held + 8);
      end[0] = 0x80;
      const view = new DataView(end.buffer);
      view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
      view.setUint32(end.length - 4, bits >>> 0);
      update(end);
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
    },
  };
}

/** One block. Local variables instead of an array: four times as fast. */
function compress(state: Int32Array, words: Int32Array, view: DataView, at: number): void {
  for (let t = 0; t < 16; t++) words[t] = view.getInt32(at + t * 4);
  for (let t = 16; t < 64; t++) {
    const x = words[t - 15]!, y = words[t - 2]!;
    const low = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
    const high = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
    words[t] = words[t - 16]! + low + words[t - 7]! + high | 0;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const big = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const one = h + big + (e & f ^ ~e & g) + K[t]! + words[t]! | 0;
    const small = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const two = small + (a & b ^ a & c ^ b & c) | 0;
    h = g, g = f, f = e, e = d + one | 0, d = c, c = b, b = a, a = one + two | 0;
  }
  state[0]! += a, state[1]! += b, state[2]! += c, state[3]! += d;
  state[4]! += e, state[5]! += f, state[6]! += g, state[7]! += h;
}

function constants() {
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  const fraction = (prime: bigint, power: bigint) =>
    Number(BigInt.asIntN(32, root(prime << 32n * power, power)));
  return {
    K: Int32Array.from(primes, (prime) => fraction(prime, 3n)),
    START: Int32Array.from(primes.slice(0, 8), (prime) => fraction(prime, 2n)),
  };
}

/** The whole part of the `power`th root. */
function root(value: bigint, power: bigint): bigint {
  let low = 0n, high = value;
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** power <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}
