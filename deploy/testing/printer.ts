/**
 * Prints whole texts one after another, each under its heading, whoever is done at the same time: a stream has room for one writer, and what
 * two processes said must not mix.
 */
export function openPrinter(
  to: WritableStream<Uint8Array<ArrayBuffer>>,
): (name: string, pieces: readonly Uint8Array<ArrayBuffer>[]) => Promise<void> {
  let last = Promise.resolve();
  return (name, pieces) => {
    const whole = new Blob([`\n== ${name}\n`, ...pieces]);
    last = last.then(() => whole.stream().pipeTo(to, { preventClose: true }));
    return last;
  };
}
