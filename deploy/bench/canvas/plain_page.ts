import { join } from "@std/path";
import { PORTS } from "../../../shared/canvas/ports.ts";
import type { NodeType } from "../../../shared/canvas/graph.ts";
import { thousand } from "../../testing/thousand.ts";

const HERE = import.meta.dirname!;
const STYLE = `
  body { margin: 0; background: #0d0e11; color: #e9ebef; font: 13px/1.45 system-ui, sans-serif }
  .plain { width: 208px; height: 198px; background: #1a1d23; border: 1px solid #2a2f38; border-radius: 10px; contain: layout; box-shadow: 0 2px 8px rgb(0 0 0 / 0.2); box-sizing: border-box }
  .plain header { display: flex; gap: 8px; padding: 9px 12px }
  .plain header i { width: 10px; height: 10px; background: #b795ff; border-radius: 3px }
  .plain header b { flex: 1 }
  .plain .picture { margin: 0 8px; height: 108px; border-radius: 6px; background: #0d0e11; display: grid; place-items: center }
  .plain footer { padding: 8px 12px; font-size: 12px }
`;

export interface PlainPage extends AsyncDisposable {
  url: string;
}

/** Plain React Flow on a React of npm, which is laid for it in a folder of its own: it never comes near the canvas. */
export async function openPlainPage(
  react: string,
  size: { width: number; height: number },
): Promise<PlainPage> {
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "studio-bench-react-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(
    join(folder, "deno.json"),
    JSON.stringify({
      nodeModulesDir: "auto",
      compilerOptions: { jsx: "react-jsx", jsxImportSource: "react", lib: ["dom", "esnext"] },
      imports: {
        react: `npm:react@${react}`,
        "react/": `npm:/react@${react}/`,
        "react-dom": `npm:react-dom@${react}`,
        "react-dom/": `npm:/react-dom@${react}/`,
        reactflow: "npm:reactflow@11.11.4",
      },
    }),
  );
  // What React Flow asks for is whatever the folder has beside it, not the newest that fits.
  await Deno.writeTextFile(
    join(folder, "package.json"),
    JSON.stringify({ dependencies: { react, "react-dom": react, reactflow: "11.11.4" } }),
  );
  await Deno.copyFile(join(HERE, "plain.tsx"), join(folder, "plain.tsx"));
  await run(folder, ["install"]);
  await run(folder, ["bundle", "--platform=browser", "--minify", "--output=plain.js", "plain.tsx"]);
  const script = await Deno.readTextFile(join(folder, "plain.js"));
  const said = /reactVersion:"([\d.]+)|\.version="([\d.]+)"/.exec(script);
  if (said && !script.includes(`"${react}"`)) {
    throw new Error(`The plain page has another React than ${react}`);
  }
  const css = await Deno.readTextFile(join(folder, "node_modules", "reactflow", "dist", "style.css"));
  const page = `<!doctype html><title>React Flow on React ${react}</title><style>${css}${STYLE}
    #app { width: ${size.width}px; height: ${size.height}px }</style>
    <div id="app"></div><script type="module" src="/plain.js"></script>`;
  const files: Record<string, [string, string]> = {
    "/": ["text/html; charset=utf-8", page],
    "/plain.js": ["text/javascript", script],
    "/graph.json": ["application/json", JSON.stringify(plainGraph())],
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const file = files[new URL(request.url).pathname];
    return file
      ? new Response(file[1], { headers: { "content-type": file[0] } })
      : new Response(null, { status: 204 });
  });
  opened.defer(() => server.shutdown());
  const stack = opened.move();
  return { url: `http://127.0.0.1:${server.addr.port}/`, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** The graph of the canvas in React Flow's words. */
function plainGraph() {
  const { nodes, edges } = thousand();
  return {
    nodes: nodes.map((node) => {
      const { inputs, outputs } = PORTS[node.type as NodeType];
      return {
        id: node.id,
        type: "plain",
        position: node.position,
        width: 208,
        height: 200,
        data: {
          title: node.title,
          inputs: inputs.map((port) => port.name),
          outputs: outputs.map((port) => port.name),
        },
      };
    }),
    edges: edges.map(({ id, source, source_port, target, target_port }) => ({
      id,
      source,
      sourceHandle: source_port,
      target,
      targetHandle: target_port,
    })),
  };
}

async function run(cwd: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NODE_ENV: "production" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`deno ${args[0]} for the plain page: ${new TextDecoder().decode(stderr).slice(-2000)}`);
  }
}
