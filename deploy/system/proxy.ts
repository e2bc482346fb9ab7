/** A request that was stopped on its way. */
export interface Hold {
  /** Resolves when a request that matches is here and held. */
  arrived: Promise<void>;
  /** Lets it go on; what its sender has given up meanwhile is dropped. */
  release(): void;
}

export interface Proxy extends AsyncDisposable {
  url: string;
  /** Every `Authorization` that came by. */
  credentials: Set<string>;
  /**
   * Holds the next request of this kind. `before`: nothing of it has reached the gateway. `midway`: half of the body's first piece has.
   * `answer`: the gateway has done it, its answer is held.
   */
  hold(method: string, path: RegExp, where: "before" | "midway" | "answer"): Hold;
}

interface Trap {
  method: string;
  path: RegExp;
  where: "before" | "midway" | "answer";
  arrive(): void;
  released: Promise<void>;
}

/** Between agents and a gateway: forwards everything, and can stop a request at a chosen moment. */
export function openProxy(target: () => string): Proxy {
  const traps: Trap[] = [];
  const credentials = new Set<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const url = new URL(request.url);
    const index = traps.findIndex((trap) => trap.method === request.method && trap.path.test(url.pathname));
    const trap = index < 0 ? null : traps.splice(index, 1)[0]!;
    if (trap?.where === "before") {
      trap.arrive();
      await trap.released;
      if (request.signal.aborted) return new Response(null, { status: 499 });
    }
    const headers = new Headers(request.headers);
    headers.delete("host");
    if (headers.has("authorization")) credentials.add(headers.get("authorization")!);
    let body = request.body;
    if (body && trap?.where === "midway") body = body.pipeThrough(stallHalfway(trap));
    let response: Response;
    try {
      response = await fetch(new URL(url.pathname + url.search, target()), {
        method: request.method,
        headers,
        body,
        redirect: "manual",
        signal: request.signal,
      });
    } catch {
      return new Response("The gateway behind the proxy does not answer", { status: 502 });
    }
    if (trap?.where === "answer") {
      trap.arrive();
      await trap.released;
    }
    return new Response(response.body, { status: response.status, headers: response.headers });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    credentials,
    hold(method, path, where) {
      const arrived = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      traps.push({ method, path, where, arrive: arrived.resolve, released: released.promise });
      return { arrived: arrived.promise, release: released.resolve };
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function stallHalfway(trap: Trap): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let first = true;
  return new TransformStream({
    async transform(piece, controller) {
      if (!first) return controller.enqueue(piece);
      first = false;
      const half = Math.ceil(piece.length / 2);
      controller.enqueue(piece.slice(0, half));
      trap.arrive();
      await trap.released;
      controller.enqueue(piece.slice(half));
    },
  });
}
