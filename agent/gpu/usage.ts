/** One process on a card, as `nvidia-smi pmon` lists it. `null`: `-`, not told. */
export interface GpuProcess {
  gpu: number;
  pid: number;
  /** `C` computes, `G` draws, `C+G` both. */
  type: string;
  smPercent: number | null;
  memoryMb: number | null;
  command: string;
}

export const PMON_ARGS = ["pmon", "-c", "1", "-s", "um"];
export const LOAD_ARGS = ["--query-gpu=index,memory.used,utilization.gpu", "--format=csv,noheader,nounits"];

/**
 * Reads `nvidia-smi pmon -c 1 -s um`. Which columns there are depends on the driver's version, so they are found by the
 * header, `# gpu pid type sm … fb … command`; the command comes last and may hold spaces. null when it is no such list.
 */
export function parsePmon(text: string): GpuProcess[] | null {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  const columns = lines.find((line) => /^#\s*gpu\b.*\bpid\b/i.test(line))?.replace(/^#\s*/, "").split(/\s+/);
  if (!columns || columns.at(-1) !== "command") return null;
  const at = (fields: string[], name: string) => figure(fields[columns.indexOf(name)]);
  return lines.filter((line) => !line.startsWith("#")).flatMap((line) => {
    const fields = line.split(/\s+/);
    const gpu = figure(fields[0]);
    const pid = at(fields, "pid");
    // A card without processes is a line of dashes.
    if (gpu === null || pid === null) return [];
    return [{
      gpu,
      pid,
      type: fields[columns.indexOf("type")] ?? "",
      smPercent: at(fields, "sm"),
      memoryMb: at(fields, "fb"),
      command: fields.slice(columns.length - 1).join(" "),
    }];
  });
}

/** Reads `nvidia-smi` with {@link LOAD_ARGS}: MiB and percent per card. */
export function parseLoad(text: string): { gpu: number; usedMb: number | null; percent: number | null }[] {
  return text.split(/\r?\n/).map((line) => line.trim().split(/\s*,\s*/)).flatMap((fields) => {
    const gpu = figure(fields[0]);
    return fields.length < 3 || gpu === null
      ? []
      : [{ gpu, usedMb: figure(fields[1]), percent: figure(fields[2]) }];
  });
}

export interface OthersUse {
  vramMb: number | null;
  percent: number | null;
}

/**
 * What programs of others use, the busiest card's figures. By process where the driver tells (Linux); else from the whole
 * card, but only while nothing of ours can be on it: taking ComfyUI's own models for a game would put the agent to rest
 * for ever. Ours are the ComfyUI the agent started (`pid`), or, when it uses one that runs already, Python programs that
 * compute: whose they are the driver does not tell.
 */
export function othersUse(
  seen: { processes: GpuProcess[] | null; load: ReturnType<typeof parseLoad> },
  ours: { pid: number | null; comfyui: boolean; working: boolean },
): OthersUse {
  if (seen.processes?.some(({ memoryMb }) => memoryMb !== null) || seen.processes?.length === 0) {
    const others = seen.processes.filter((each) => !isOurs(each, ours));
    const perCard = [...Map.groupBy(others, ({ gpu }) => gpu).values()];
    const most = (of: (each: GpuProcess) => number | null) =>
      Math.max(0, ...perCard.map((card) => card.reduce((sum, each) => sum + (of(each) ?? 0), 0)));
    return { vramMb: most((each) => each.memoryMb), percent: Math.min(100, most((each) => each.smPercent)) };
  }
  return {
    vramMb: ours.comfyui ? null : highest(seen.load.map(({ usedMb }) => usedMb)),
    percent: ours.working ? null : highest(seen.load.map(({ percent }) => percent)),
  };
}

function isOurs(process: GpuProcess, ours: { pid: number | null; comfyui: boolean }): boolean {
  if (process.pid === ours.pid) return true;
  return ours.pid === null && ours.comfyui && process.type === "C" &&
    /^python|pt_main/i.test(process.command);
}

function highest(values: (number | null)[]): number | null {
  const told = values.filter((value) => value !== null);
  return told.length === 0 ? null : Math.max(...told);
}

function figure(field: string | undefined): number | null {
  const value = Number(field);
  return field === undefined || field === "" || !Number.isFinite(value) ? null : value;
}
