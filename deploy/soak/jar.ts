/** Of a browser: cookies that go with every request and socket, and what the page never sees. */
export interface Browser {
  /** Opens a one-time link as a click does. */
  enter(link: string): Promise<void>;
  /** Answers of 500 and more so far. */
  faults(): number;
  /** Sockets that were opened so far. */
  sockets(): number;
}

/** Makes `fetch` and `WebSocket` of this process a signed-in browser's. */
export function openBrowser(): Browser {
  const cookies = new Map<string, string>();
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const origin = location.origin;
  const plainFetch = globalThis.fetch;
  let faults = 0, sockets = 0;

  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const here = new URL(request.url).origin === origin;
    if (here && cookies.size) request.headers.set("cookie", cookie());
    if (here && request.method !== "GET") request.headers.set("origin", origin);
    const response = await plainFetch(request);
    if (!here) return response;
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      cookies.set(name!, value!);
    }
    if (response.status >= 500) faults++;
    return response;
  };

  // Headers are Deno's extension: the type is the browser's.
  const Plain = globalThis.WebSocket as unknown as new (url: string, options: object) => WebSocket;
  globalThis.WebSocket = new Proxy(globalThis.WebSocket, {
    construct(_, [url]: [string]) {
      sockets++;
      return new Plain(url, { headers: { cookie: cookie(), origin } });
    },
  });

  return {
    async enter(link) {
      const response = await fetch(link, { redirect: "manual" });
      await response.body?.cancel();
      if (response.status !== 302 || !cookies.size) throw new Error(`The link answered ${response.status}`);
    },
    faults: () => faults,
    sockets: () => sockets,
  };
}
