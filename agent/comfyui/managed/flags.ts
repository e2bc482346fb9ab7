/** Flags that `main.py --help` (argparse) lists. */
export function knownFlags(help: string): Set<string> {
  return new Set(help.match(/(?<![\w-])--[a-z0-9][a-z0-9_-]*/g) ?? []);
}

/**
 * What the agent's own ComfyUI is started with. A flag that this version does not know is an argparse error and no server
 * (`--normalvram` came and went), so each is given only where `--help` lists it. Memory is ComfyUI's own affair. Rejects a
 * program that cannot be told where to listen: it is no ComfyUI.
 */
export function flagsFor(
  known: ReadonlySet<string>,
  port: number,
  options: { onCpu?: boolean } = {},
): string[] {
  if (!known.has("--listen") || !known.has("--port")) {
    throw new Error("its main.py knows no --listen and --port: is this ComfyUI's folder?");
  }
  const wanted: [string, ...string[]][] = [
    ["--disable-auto-launch"],
    ["--preview-method", "auto"],
    // The sidecar holds the prompt; a take shall not carry it through an edit.
    ["--disable-metadata"],
    // Else a current ComfyUI refuses to start beside another that shares its user folder.
    ["--disable-assets"],
    ...options.onCpu ? [["--cpu"] as [string]] : [],
  ];
  return [
    "--listen",
    "127.0.0.1",
    "--port",
    String(port),
    ...wanted.filter(([flag]) => known.has(flag)).flat(),
  ];
}
