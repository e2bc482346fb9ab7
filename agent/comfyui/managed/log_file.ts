/** Bytes after which the log becomes `.old`: two such files are the most it takes. */
const LONGEST = 2_000_000;

/** What a program says, kept on disk within bounds. A full disk costs lines, never the program's pipe. */
export class LogFile {
  readonly path: string;
  #longest: number;
  #size: number;
  #last = "";
  constructor(path: string, longest = LONGEST) {
    this.path = path;
    this.#longest = longest;
    this.#size = sizeOf(path);
  }

  write(bytes: Uint8Array): void {
    const text = new TextDecoder().decode(bytes);
    this.#last = (this.#last + text).slice(-4_000);
    try {
      if (this.#size + bytes.length > this.#longest) {
        Deno.renameSync(this.path, `${this.path}.old`);
        this.#size = 0;
      }
      // What comes at once and is too long on its own is shortened, not split.
      const kept = bytes.subarray(0, this.#longest);
      Deno.writeFileSync(this.path, kept, { append: true, mode: 0o600 });
      this.#size += kept.length;
    } catch {
      this.#size = sizeOf(this.path);
    }
  }

  /** Reads the stream to its end. */
  async follow(stream: ReadableStream<Uint8Array>): Promise<void> {
    try {
      for await (const bytes of stream) this.write(bytes);
    } catch {
      // The program is gone, and with it the pipe.
    }
  }

  /** The last line that says something: usually why a Python program has ended. */
  lastLine(): string {
    return this.#last.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean).at(-1)?.slice(0, 300) ?? "";
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
