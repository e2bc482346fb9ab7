import { join } from "@std/path";

/** Python of this machine, to stand in with; null where there is none. */
export const PYTHON: string | null = await (async () => {
  try {
    const { success, stdout } = await new Deno.Command("python3", {
      args: ["-c", "import sys; print(sys.executable)"],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
})();

/**
 * A main.py that knows some of ComfyUI's flags, refuses all others as argparse does, and answers what the agent asks. It
 * writes its arguments and its pid to `starts.jsonl`; while a file `hang` lies beside it, it answers nothing.
 */
const MAIN = `
import argparse, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser()
parser.add_argument("--listen", metavar="IP")
parser.add_argument("--port", type=int, default=8188)
parser.add_argument("--disable-auto-launch", action="store_true")
parser.add_argument("--preview-method", choices=["none", "auto"])
needs_card = os.path.exists(os.path.join(os.path.dirname(os.path.abspath(__file__)), "needs-card"))
if needs_card:
    parser.add_argument("--cpu", action="store_true")
args = parser.parse_args()

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "starts.jsonl"), "a") as starts:
    starts.write(json.dumps({"pid": os.getpid(), "args": sys.argv[1:]}) + "\\n")
print("Starting server")
if os.path.exists(os.path.join(here, "broken")):
    print("RuntimeError: no kernel image is available", file=sys.stderr)
    sys.exit(3)

if needs_card and not args.cpu:
    print("RuntimeError: Found no NVIDIA driver on your system.", file=sys.stderr)
    sys.exit(1)

STATS = {
    "system": {"os": "posix", "comfyui_version": "0.3.99", "python_version": "3", "ram_total": 1, "ram_free": 1, "argv": []},
    "devices": [{"name": "cpu", "type": "cpu", "index": None, "vram_total": 1, "vram_free": 1,
                 "torch_vram_total": 1, "torch_vram_free": 1}],
}

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        while os.path.exists(os.path.join(here, "hang")):
            time.sleep(0.05)
        body = STATS if self.path == "/system_stats" else {} if self.path.startswith("/object_info") else []
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    daemon_threads = True

Server((args.listen, args.port), Handler).serve_forever()
`;

export interface StandIn extends AsyncDisposable {
  folder: string;
  url: string;
  /** Every start of it so far. */
  starts(): { pid: number; args: string[] }[];
}

/** A folder with that main.py, and a port that is free at this moment. */
export async function standInComfyUi(options: { needsCard?: boolean } = {}): Promise<StandIn> {
  const folder = await Deno.makeTempDir({ prefix: "stand-in-comfyui-" });
  if (options.needsCard) await Deno.writeTextFile(join(folder, "needs-card"), "");
  await Deno.writeTextFile(join(folder, "main.py"), MAIN);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return {
    folder,
    url: `http://127.0.0.1:${listener.addr.port}`,
    starts() {
      try {
        return Deno.readTextFileSync(join(folder, "starts.jsonl")).trim().split("\n").map((line) =>
          JSON.parse(line)
        );
      } catch {
        return [];
      }
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
