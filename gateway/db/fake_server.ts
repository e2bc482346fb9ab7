import { Buffer } from "node:buffer";
import net from "node:net";

/** What a client sent: a message of the protocol, and the text of the query that it is about. */
export interface Said {
  /** Of the lines so far, from 1. */
  line: number;
  /** `start` for a new line, else the protocol's letter: Q query, P parse, D describe, B bind, E execute, S sync, X goodbye. */
  type: string;
  sql: string;
}

/** `answer`: as a server would. `reset`, `end`: the line is closed so. `report`: an error goes out, then the line is closed. `silent`: nothing. */
export type Act = "answer" | "reset" | "end" | "report" | "silent";

export interface FakeServer extends AsyncDisposable {
  url: string;
  said: Said[];
  /** Resets the line of that number. */
  reset(line: number): void;
}

const u16 = (n: number) => [n >> 8, n & 255];
const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const message = (type: string, ...body: (string | number[])[]) => {
  const rest = bytes(...body);
  return Buffer.concat([bytes(type, u32(rest.length + 4)), rest]);
};

const REPORT = message("E", "SERROR\0VERROR\0C22012\0Mdivision by zero\0\0");
/** One column `n` of type int4, and a row in which it is 7. */
const COLUMNS = message("T", u16(1), "n\0", u32(0), u16(0), u32(23), u16(4), u32(0xffffffff), u16(0));
const ROW = message("D", u16(1), u32(1), "7");

/**
 * Speaks PostgreSQL's protocol (version 3) over a real socket as far as the client needs it, so that a test can play a sequence of
 * messages and cuts exactly. `play` is asked for every message. Every query has one row, `n = 7`.
 */
export async function startFakeServer(play: (said: Said) => Act): Promise<FakeServer> {
  const said: Said[] = [];
  const lines: net.Socket[] = [];
  const server = net.createServer((socket) => {
    const line = lines.push(socket);
    socket.on("error", () => {});
    const talk = converse(socket, (type, sql) => {
      const one = { line, type, sql };
      said.push(one);
      return play(one);
    });
    let unread = Buffer.alloc(0);
    socket.on("data", (piece: Buffer) => {
      unread = Buffer.concat([unread, piece]);
      while (!socket.destroyed) {
        const used = talk(unread);
        if (!used) break;
        unread = unread.subarray(used);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `postgres://me@127.0.0.1:${(server.address() as net.AddressInfo).port}/studio`,
    said,
    reset: (line) => void lines[line - 1]?.resetAndDestroy(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const line of lines) line.destroy();
      await closed;
    },
  };
}

/** One line's talk: takes a message from what came, and says how many bytes it was; 0 when it is not whole yet. */
function converse(socket: net.Socket, hear: (type: string, sql: string) => Act): (came: Buffer) => number {
  const prepared = new Map<string, string>();
  let begun = false;
  let status = "I";
  let sql = "";

  const ready = () => message("Z", status);
  /** True when the line is to be answered. */
  function asked(type: string): boolean {
    const act = hear(type, sql);
    if (act === "reset") socket.resetAndDestroy();
    if (act === "report") socket.end(REPORT);
    if (act === "end") socket.end();
    return act === "answer";
  }
  function answer(type: string): void {
    const rows = /^select/.test(sql);
    if (type === "Q" || type === "E") {
      status = /^begin/.test(sql) ? "T" : /^(commit|rollback)$/.test(sql) ? "I" : status;
    }
    const done = message("C", `${sql.split(" ")[0]!.toUpperCase()} 1\0`);
    const parameters = new Set(sql.match(/\$\d+/g)).size;
    const out: Record<string, () => Buffer[]> = {
      Q: () => [...(rows ? [COLUMNS, ROW] : []), done, ready()],
      P: () => [message("1")],
      D: () => [
        message("t", u16(parameters), ...Array.from({ length: parameters }, () => u32(25))),
        rows ? COLUMNS : message("n"),
      ],
      B: () => [message("2")],
      E: () => [...(rows ? [ROW] : []), done],
      S: () => [ready()],
    };
    const answers = out[type]?.();
    if (answers) socket.write(Buffer.concat(answers));
  }

  return (came) => {
    // The greeting has no letter.
    const head = begun ? 1 : 0;
    if (came.length < head + 4) return 0;
    const length = head + came.readUInt32BE(head);
    if (came.length < length) return 0;
    if (!begun) {
      begun = true;
      if (asked("start")) {
        socket.write(Buffer.concat([message("R", u32(0)), message("K", u32(1), u32(1)), ready()]));
      }
      return length;
    }
    const type = String.fromCharCode(came[0]!);
    const texts = came.toString("utf8", 5, length).split("\0");
    if (type === "Q") sql = texts[0]!;
    if (type === "P") prepared.set(texts[0]!, sql = texts[1]!);
    if (type === "D") sql = prepared.get(texts[0]!.slice(1)) ?? sql;
    if (type === "B") sql = prepared.get(texts[1]!) ?? sql;
    if (asked(type)) answer(type);
    return length;
  };
}
