import * as Y from "yjs";
import type { CanvasNode, Graph } from "../../../shared/canvas/graph.ts";
import { readFrame, type StudioWord, writeFrame } from "../../../shared/canvas/live/words.ts";
import { openView } from "../../../shared/canvas/live/view.ts";
import { until } from "../../agents/testing.ts";

type Answer = StudioWord & { type: "taken" | "refused" };

/** A client of the live canvas that checks nothing: what a browser would not send, it sends. */
export interface TestCanvas extends Disposable {
  socket: WebSocket;
  doc: Y.Doc;
  words: StudioWord[];
  closed: Promise<{ code: number; reason: string }>;
  graph(): Graph;
  node(id: string): CanvasNode | undefined;
  /** Resolves when the document has come. */
  synced: Promise<void>;
  /** Changes the document and sends that; what the studio says to it. */
  change(make: (doc: Y.Doc) => void): Promise<Answer>;
  /** Sends these bytes as a change. */
  send(data: Uint8Array): Promise<Answer>;
  say(word: unknown): void;
  /** The first word, now or later, that is so. */
  word<T extends StudioWord["type"]>(
    type: T,
    is?: (word: Extract<StudioWord, { type: T }>) => boolean,
  ): Promise<Extract<StudioWord, { type: T }>>;
}

export function openTestCanvas(
  base: string,
  projectId: string,
  token: string,
  branch = "main",
): TestCanvas {
  const url = `${base.replace(/^http/, "ws")}/api/projects/${projectId}/canvas/live?branch=${branch}`;
  // Headers are Deno's extension: the type is the browser's.
  const Socket = WebSocket as unknown as new (
    url: string,
    options: { headers: Record<string, string> },
  ) => WebSocket;
  const socket = new Socket(url, { headers: { authorization: `Bearer ${token}` } });
  socket.binaryType = "arraybuffer";
  const doc = new Y.Doc();
  const view = openView(doc);
  const words: StudioWord[] = [];
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const synced = Promise.withResolvers<void>();
  const asked = new Map<number, PromiseWithResolvers<Answer>>();
  let last = 0;
  socket.onopen = () => socket.send(writeFrame({ kind: "hello", number: 0, data: Y.encodeStateVector(doc) }));
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") {
      const word: StudioWord = JSON.parse(data);
      words.push(word);
      if (word.type === "taken" || word.type === "refused") asked.get(word.number)?.resolve(word);
      if ("number" in word) asked.delete(word.number);
      return;
    }
    const frame = readFrame(data)!;
    Y.applyUpdate(doc, frame.data, "studio");
    if (frame.kind === "sync") synced.resolve();
  };
  socket.onclose = ({ code, reason }) => {
    closed.resolve({ code, reason });
    for (const { reject } of asked.values()) reject(new Error(`The socket closed: ${code} ${reason}`));
  };

  const word: TestCanvas["word"] = (type, is = () => true) =>
    until(`a word "${type}"`, () => {
      for (const each of words) if (each.type === type && is(each as never)) return each as never;
      return undefined;
    });
  function send(data: Uint8Array): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    asked.set(++last, answer);
    socket.send(writeFrame({ kind: "update", number: last, data }));
    return answer.promise;
  }
  return {
    socket,
    doc,
    words,
    closed: closed.promise,
    synced: synced.promise,
    graph: view.graph,
    node: (id) => view.graph().nodes.find((node) => node.id === id),
    send,
    async change(make) {
      const before = Y.encodeStateVector(doc);
      doc.transact(() => make(doc), "own");
      return await send(Y.encodeStateAsUpdate(doc, before));
    },
    say: (said) => socket.send(typeof said === "string" ? said : JSON.stringify(said)),
    word,
    [Symbol.dispose]: () => socket.close(),
  };
}

/** A note in a document, as a change. */
export function addNote(id: string, more: Record<string, unknown> = {}): (doc: Y.Doc) => void {
  return (doc) => {
    const fields = { type: "note", title: id, position: { x: 0, y: 0 }, text: "", ...more };
    doc.getMap("nodes").set(id, new Y.Map(Object.entries(fields)));
  };
}
