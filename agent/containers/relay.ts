/** A loopback port that leads to a Unix socket: the one way to a container that has no network. */
export function openRelay(port: number, socket: string): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  void accept(listener, socket);
  return listener;
}

async function accept(listener: Deno.TcpListener, socket: string): Promise<void> {
  try {
    for await (const near of listener) void join(near, socket);
  } catch {
    // It was closed.
  }
}

/** Until one side ends. Where nothing listens at the socket the caller's connection ends at once. */
async function join(near: Deno.TcpConn, socket: string): Promise<void> {
  let far: Deno.UnixConn;
  try {
    far = await Deno.connect({ transport: "unix", path: socket });
  } catch {
    close(near);
    return;
  }
  await Promise.allSettled([
    near.readable.pipeTo(far.writable, { preventClose: true }).then(() => far.closeWrite()),
    far.readable.pipeTo(near.writable, { preventClose: true }).then(() => near.closeWrite()),
  ]);
  close(near);
  close(far);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Its stream has closed it already.
  }
}
