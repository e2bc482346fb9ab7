import { WebSocket } from "ws";
import { z } from "zod";

/** ComfyUI's socket: a hint. What it says comes at once, what it does not say means nothing. */

export interface SocketEvents {
  event(type: string, data: Record<string, unknown>): void;
  /** A picture of the sampler's work. `promptId` is null in the old format, which does not say. */
  preview(image: { jpeg: Uint8Array; promptId: string | null }): void;
}

export interface SocketOptions {
  /** ComfyUI's HTTP address. */
  url: string;
  clientId: string;
  events: SocketEvents;
  /** Milliseconds before a lost connection is tried again. Default 1,000. */
  retryMs?: number;
  /** Milliseconds for a connection and its first message. Default 10,000. */
  openMs?: number;
}

const Message = z.object({ type: z.string(), data: z.record(z.string(), z.unknown()).default({}) });

/** Keeps one connection open until it is closed. */
export class ComfySocket implements AsyncDisposable {
  readonly #options: SocketOptions;
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  /** Milliseconds since the epoch of the last sign of life; 0 before the first. */
  heardAt = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  /**
   * Resolves when ComfyUI has sent its first status: from then on nothing is missed, a short prompt included. False
   * when it does not come; the socket goes on trying.
   */
  async open(): Promise<boolean> {
    return await this.#connect();
  }

  /**
   * Connects anew. ComfyUI keeps one socket for each client and forgets the client when an old socket's end is noticed
   * after the new one's beginning: the new one then hears nothing, and only another connection brings it back.
   */
  async refresh(): Promise<boolean> {
    clearTimeout(this.#retry);
    await this.#drop();
    return this.#closed ? false : await this.#connect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#drop();
  }

  #connect(): Promise<boolean> {
    const { url, clientId, openMs = 10_000 } = this.#options;
    const address = `${url.replace(/^http/, "ws").replace(/\/+$/, "")}/ws?clientId=${clientId}`;
    const socket = new WebSocket(address, { handshakeTimeout: openMs, maxPayload: 64 * 1024 * 1024 });
    this.#socket = socket;
    const ready = Promise.withResolvers<boolean>();
    const late = setTimeout(() => ready.resolve(false), openMs);
    socket.on("open", () =>
      // Must be the first frame. Previews then say which prompt they are of.
      socket.send(JSON.stringify({ type: "feature_flags", data: { supports_preview_metadata: true } })));
    socket.on("message", (data: Uint8Array, isBinary: boolean) => {
      if (this.#socket !== socket) return;
      this.heardAt = performance.now();
      if (isBinary) this.#binary(data);
      else if (this.#text(data) === "status") ready.resolve(true);
    });
    // "close" follows; without a listener an error would end the program.
    socket.on("error", () => {});
    socket.on("close", () => {
      ready.resolve(false);
      if (this.#socket !== socket || this.#closed) return;
      this.#socket = null;
      this.#retry = setTimeout(() => void this.#connect(), this.#options.retryMs ?? 1_000);
    });
    return ready.promise.finally(() => clearTimeout(late));
  }

  /** Ends the connection and waits until it has ended: a new one with the same id must come after. */
  async #drop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket || socket.readyState === WebSocket.CLOSED) return;
    const gone = Promise.withResolvers<void>();
    socket.once("close", () => gone.resolve());
    const cut = setTimeout(() => {
      socket.terminate();
      gone.resolve();
    }, 2_000);
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    else socket.close();
    await gone.promise;
    clearTimeout(cut);
  }

  /** The message's type; null for what is no message. */
  #text(data: Uint8Array): string | null {
    try {
      const message = Message.parse(JSON.parse(new TextDecoder().decode(data)));
      this.#options.events.event(message.type, message.data);
      return message.type;
    } catch {
      return null;
    }
  }

  #binary(data: Uint8Array): void {
    const image = readPreview(data);
    if (image) this.#options.events.preview(image);
  }
}

const JPEG = 1;

/**
 * A binary frame, integers unsigned and big-endian: event 1 is `[format][image]`, event 4 `[length][JSON][image]`. Null
 * for the others and for what is no JPEG.
 */
export function readPreview(data: Uint8Array): { jpeg: Uint8Array; promptId: string | null } | null {
  if (data.length < 8) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const event = view.getUint32(0);
  const second = view.getUint32(4);
  if (event === 1) return second === JPEG ? { jpeg: data.slice(8), promptId: null } : null;
  if (event !== 4 || data.length < 8 + second) return null;
  try {
    const about = PreviewMetadata.parse(JSON.parse(new TextDecoder().decode(data.subarray(8, 8 + second))));
    return about.image_type === "image/jpeg"
      ? { jpeg: data.slice(8 + second), promptId: about.prompt_id }
      : null;
  } catch {
    return null;
  }
}

const PreviewMetadata = z.object({
  prompt_id: z.string().nullable().default(null),
  image_type: z.string().default("image/jpeg"),
});
