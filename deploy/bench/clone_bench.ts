import { join } from "@std/path";
import { mustGit } from "../../gateway/git/testing.ts";
import { freePort } from "../testing/free_port.ts";
import { figuresOf, measure, ms, type Sample, table } from "./measure.ts";
import { answering, type Peer, serve } from "./peer_process.ts";
import { openServedStudio } from "./served_studio.ts";

const COMMITS = 2000;
const ROUNDS = 6;

/** git http-backend behind a WSGI server, which does for it what a web server's CGI does: nothing else. */
const BACKEND = `
import os, subprocess

def app(environ, start_response):
    env = {key: value for key, value in environ.items() if isinstance(value, str)}
    env.update(PATH=os.environ["PATH"], GIT_PROJECT_ROOT=os.environ["ROOT"], GIT_HTTP_EXPORT_ALL="1")
    if "HTTP_GIT_PROTOCOL" in env:
        env["GIT_PROTOCOL"] = env["HTTP_GIT_PROTOCOL"]
    child = subprocess.Popen(["git", "http-backend"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(environ["wsgi.input"].read())
    child.stdin.close()
    status, headers = "200 OK", []
    for line in iter(child.stdout.readline, b"\\r\\n"):
        name, value = line.decode("latin1").strip().split(": ", 1)
        if name == "Status":
            status = value
        else:
            headers.append((name, value))
    start_response(status, headers)
    return iter(lambda: child.stdout.read1(65536), b"")
`;

/** Clones of a project with 2,000 commits, through the studio and through git http-backend alone, of the same repository. */
export async function cloneBench(databaseUrl: string, python: string | null, folder: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const dataDir = join(folder, "studio");
  const studio = stack.use(await openServedStudio(databaseUrl, dataDir));
  const ours = new URL(await studio.project("Bench"));
  ours.username = "bench";
  ours.password = studio.token;
  await pushHistory(ours.href, folder);
  const contenders = [{ name: "studio", url: ours.href }];
  if (python) {
    const copy = join(folder, "peer");
    await Deno.mkdir(copy);
    const repository = join(dataDir, "repositories", ...ours.pathname.replace(/^\/git\//, "").split("/"));
    await mustGit(folder, [
      "clone",
      "--quiet",
      "--mirror",
      "--no-local",
      repository,
      join(copy, "bench.git"),
    ]);
    await samePacks(repository, join(copy, "bench.git"));
    const peer = stack.use(await openBackend(python, copy));
    contenders.push({ name: "git http-backend alone", url: `${peer.url}/bench.git` });
  }
  const samples = contenders.map((): Sample[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, { url }] of contenders.entries()) {
      const to = join(folder, `clone-${at}-${round}`);
      samples[at]!.push(
        await measure({ workers: 1, calls: 1 }, async () => {
          await mustGit(folder, ["clone", "--quiet", "--bare", url, to]);
          return true;
        }),
      );
      await Deno.remove(to, { recursive: true });
    }
  }
  const figures = samples.map(figuresOf);
  const rows = contenders.map(({ name }, at) => {
    const { p50, p99 } = figures[at]!;
    return [name, ms(p50), ms(p99), `${(p50 / figures[0]!.p50).toFixed(2)} x`];
  });
  console.log(
    `\nClone of a project with ${COMMITS.toLocaleString("en")} commits, ${ROUNDS} each in turn\n${
      table([["", "p50 ms", "slowest ms", "studio is"], ...rows])
    }`,
  );
}

/** Two thousand small changes as one push. */
async function pushHistory(url: string, folder: string): Promise<void> {
  await mustGit(folder, ["clone", "--quiet", url, "history"]);
  const clone = join(folder, "history");
  const parts: string[] = [];
  for (let n = 0; n < COMMITS; n++) {
    const text = `Take ${n} of the lamp in the fog\n`.repeat(10);
    parts.push(
      `commit refs/heads/main\ncommitter Ada <ada@example.org> ${
        1_700_000_000 + n
      } +0000\ndata <<END\nChange ${n}\nEND\n`,
      n === 0 ? "from refs/heads/main^0\n" : "",
      `M 100644 inline 04_Project_Files/${n % 200}.txt\ndata ${text.length}\n${text}\n`,
    );
  }
  const child = new Deno.Command("git", {
    args: ["fast-import", "--quiet"],
    cwd: clone,
    stdin: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(parts.join("")));
  await writer.close();
  if (!(await child.status).success) throw new Error("git fast-import failed");
  await mustGit(clone, ["push", "--quiet", "origin", "main"]);
}

/** The peer serves the very same files: how they are packed would else be what is measured. */
async function samePacks(from: string, to: string): Promise<void> {
  await Deno.remove(join(to, "objects"), { recursive: true });
  await copy(join(from, "objects"), join(to, "objects"));
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

async function openBackend(python: string, root: string): Promise<Peer> {
  await Deno.writeTextFile(join(root, "backend.py"), BACKEND);
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const peer = serve(
    python,
    ["-m", "gunicorn", "--threads=8", "--log-level=error", `--bind=127.0.0.1:${port}`, "backend:app"],
    { cwd: root, env: { ROOT: root } },
  );
  await answering(`${url}/bench.git/HEAD`, peer);
  return { url, ...peer };
}
