import { delimiter, join, resolve } from "@std/path";
import { UsageError } from "../../config.ts";

/** Where ComfyUI's own instructions and its portable build put the Python that runs it. */
const BESIDE = Deno.build.os === "windows"
  ? ["venv\\Scripts\\python.exe", ".venv\\Scripts\\python.exe", "..\\python_embeded\\python.exe"]
  : ["venv/bin/python", ".venv/bin/python"];

/**
 * The folder and the Python to start ComfyUI with, as absolute paths; asked by the launcher, which may read them and gives
 * the agent the right to run exactly this program. UsageError with a sentence.
 */
export function findComfyUi(
  folder: string,
  options: { python: string | null; path: string; cwd: string },
): { folder: string; python: string } {
  const full = resolve(options.cwd, folder);
  if (!isFile(join(full, "main.py"))) {
    throw new UsageError(`There is no main.py in ${full}: --start-comfyui needs ComfyUI's own folder.`);
  }
  const named = options.python;
  if (named !== null) {
    const python = resolve(options.cwd, named);
    if (!isFile(python)) throw new UsageError(`There is no ${python} (--python).`);
    return { folder: full, python };
  }
  const onPath = options.path.split(delimiter).filter(Boolean).flatMap((each) =>
    Deno.build.os === "windows" ? [join(each, "python.exe")] : [join(each, "python3"), join(each, "python")]
  );
  const python = [...BESIDE.map((each) => join(full, each)), ...onPath].find(isFile);
  if (!python) throw new UsageError(`No Python was found for ${full}; name it with --python.`);
  return { folder: full, python };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
