/** What a client sent: the text of a query as it was parsed, or a message that carries none (`X` goodbye, `S` sync …). */
export interface Said {
  /** Of the connections so far, from 1. */
  connection: number;
  type: string;
  sql: string;
}

/**
 * `answer`: as a server would. `cut`: the line is closed, which resets it where the client has sent more than was read. `half`: the same
 * after an error report. `silent`: nothing.
 */
export type Act = "answer" | "cut" | "half" | "silent";

export interface FakeServer extends AsyncDisposable {
  url: string;
  said: Said[];
  /** Closes the line of that number. */
  cut(connection: number): void;
}

const text = new TextEncoder();
const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => typeof part === "string" ? [...text.encode(part)] : part));
const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const message = (type: string, body: Uint8Array = bytes()) => bytes(type, u32(body.length + 4), [...body]);

const REPORT = message("E", bytes("SERROR\0VERROR\0C22012\0Mdivision by zero\0\0"));
/** One column `n` of type int4, and a row in which it is 7. */
const COLUMNS = message("T", bytes([0, 1], "n\0", u32(0), [0, 0], u32(23), [0, 4], u32(0xffffffff), [0, 0]));
const ROW = message("D", bytes([0, 1], u32(1), "7"));

/**
 * Speaks PostgreSQL's protocol (version 3, text format) over a real socket as far as the client needs it, so that a test can play a
 * sequence of messages and cuts exactly. `play` is asked for every message; `start` is that of a new connection. Every query has
 * one row, `n = 7`.
 */
export function startFakeServer(play: (said: Said) => Act): FakeServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Map<number, Deno.TcpConn>();
  const said: Said[] = [];
  let connections = 0;
  const serving = (async () => {
    for await (const line of listener) {
      const number = ++connections;
      open.set(number, line);
      talk(line, number).catch(() => {}).finally(() => {
        // A line that the test has cut is closed already.
        if (open.delete(number)) line.close();
      });
    }
  })();

  function cut(number: number): void {
    const line = open.get(number);
    open.delete(number);
    line?.close();
  }

  async function talk(line: Deno.TcpConn, connection: number): Promise<void> {
    const read = reader(line);
    await read(u32of(await read(4)) - 4);
    let status = "I";
    let sql = "";
    const prepared = new Map<string, string>();
    const hear = (type: string): Act => {
      const one = { connection, type, sql };
      said.push(one);
      return play(one);
    };
    const write = async (...messages: Uint8Array[]) => {
      for (const each of messages) {
        for (let at = 0; at < each.length;) at += await line.write(each.subarray(at));
      }
    };
    const ready = () => message("Z", bytes(status));
    if (await cutBy(hear("start"))) return;
    await write(message("R", bytes(u32(0))), message("K", bytes(u32(connection), u32(1))), ready());
    for (;;) {
      const type = String.fromCharCode((await read(1))[0]!);
      const body = await read(u32of(await read(4)) - 4);
      if (type === "Q") sql = upTo0(body, 0);
      if (type === "P") prepared.set(upTo0(body, 0), sql = upTo0(body, body.indexOf(0) + 1));
      if (type === "D") sql = prepared.get(upTo0(body, 1)) ?? sql;
      if (type === "B") sql = prepared.get(upTo0(body, body.indexOf(0) + 1)) ?? sql;
      const act = hear(type);
      if (type === "X" || await cutBy(act)) return;
      if (act === "silent") continue;
      if (type === "Q" || type === "E") {
        if (/^begin/.test(sql)) status = "T";
        if (/^(commit|rollback)$/.test(sql)) status = "I";
      }
      const done = message("C", bytes(`${sql.split(" ")[0]!.toUpperCase()} 1\0`));
      if (type === "Q") await write(...(/^select/.test(sql) ? [COLUMNS, ROW] : []), done, ready());
      else if (type === "P") await write(message("1"));
      else if (type === "D") await write(parametersOf(sql), /^select/.test(sql) ? COLUMNS : message("n"));
      else if (type === "B") await write(message("2"));
      else if (type === "E") await write(...(/^select/.test(sql) ? [ROW] : []), done);
      else if (type === "S") await write(ready());
    }

    async function cutBy(act: Act): Promise<boolean> {
      if (act === "half") {
        await write(REPORT);
        // Read by the client before the reset drops it.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return act === "cut" || act === "half";
    }
  }

  return {
    url: `postgres://me@127.0.0.1:${(listener.addr as Deno.NetAddr).port}/studio`,
    said,
    cut,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const number of [...open.keys()]) cut(number);
      await serving;
    },
  };
}

function reader(line: Deno.TcpConn): (length: number) => Promise<Uint8Array> {
  return async (length) => {
    const all = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const got = await line.read(all.subarray(at));
      if (got === null) throw new Deno.errors.UnexpectedEof("The client has gone");
      at += got;
    }
    return all;
  };
}

/** As many text parameters as the statement has numbers. */
function parametersOf(sql: string): Uint8Array {
  const count = new Set(sql.match(/\$\d+/g)).size;
  return message("t", bytes([0, count], ...Array.from({ length: count }, () => u32(25))));
}

function u32of(four: Uint8Array): number {
  return new DataView(four.buffer, four.byteOffset).getUint32(0);
}

function upTo0(body: Uint8Array, from: number): string {
  return new TextDecoder().decode(body.subarray(from, body.indexOf(0, from)));
}
