import type { Job } from "./worker.ts";

/** The sockets of a server: one for each client id, with the races that ComfyUI's have. */
export class Sockets {
  /** How often each client has connected. */
  readonly connections = new Map<string, number>();
  readonly #byClient = new Map<string, WebSocket>();
  readonly #all = new Set<WebSocket>();
  readonly #flags = new WeakSet<WebSocket>();
  readonly #stale = new Set<string>();

  accept(
    request: Request,
    clientId: string,
    now: () => { remaining: number; node: string | null },
  ): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => {
      this.connections.set(clientId, (this.connections.get(clientId) ?? 0) + 1);
      this.#all.add(socket);
      this.#byClient.set(clientId, socket);
      const { remaining, node } = now();
      send(socket, "status", { status: { exec_info: { queue_remaining: remaining } }, sid: clientId });
      // To who comes back, without prompt_id.
      if (node !== null) send(socket, "executing", { node });
      // The end of the old socket is noticed only now, and takes the new one's place away.
      if (this.#stale.delete(clientId)) this.#byClient.delete(clientId);
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string" || JSON.parse(data).type !== "feature_flags") return;
      this.#flags.add(socket);
      send(socket, "feature_flags", { supports_preview_metadata: true, max_upload_size: 104857600 });
    };
    socket.onclose = () => {
      this.#all.delete(socket);
      if (this.#byClient.get(clientId) === socket) this.#byClient.delete(clientId);
    };
    return response;
  }

  /** Cuts a client's socket in such a way that its next one is forgotten. */
  makeStale(clientId: string): void {
    this.#stale.add(clientId);
    this.#byClient.get(clientId)?.close();
  }

  tell(clientId: string | null, type: string, data: Record<string, unknown>): void {
    const socket = clientId === null ? null : this.#byClient.get(clientId);
    if (socket) send(socket, type, data);
  }

  preview(job: Job, nodeId: string, image: Uint8Array): void {
    const socket = job.clientId === null ? null : this.#byClient.get(job.clientId);
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (!this.#flags.has(socket)) return socket.send(frame([1, 1], image));
    const about = new TextEncoder().encode(
      JSON.stringify({
        node_id: nodeId,
        prompt_id: job.id,
        display_node_id: nodeId,
        image_type: "image/jpeg",
      }),
    );
    socket.send(frame([4, about.length], about, image));
  }

  status(remaining: number): void {
    for (const socket of this.#all) {
      send(socket, "status", { status: { exec_info: { queue_remaining: remaining } } });
    }
  }

  closeAll(): void {
    for (const socket of this.#all) socket.close();
  }
}

function send(socket: WebSocket, type: string, data: Record<string, unknown>): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, data }));
}

/** Big-endian integers, then bytes. */
function frame(head: number[], ...parts: Uint8Array[]): ArrayBuffer {
  const bytes = new Uint8Array(head.length * 4 + parts.reduce((sum, part) => sum + part.length, 0));
  head.forEach((value, index) => new DataView(bytes.buffer).setUint32(index * 4, value));
  let at = head.length * 4;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes.buffer;
}
