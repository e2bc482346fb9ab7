import assert from "node:assert/strict";
import { othersUse, parseLoad, parsePmon } from "./usage.ts";

const PMON = `# gpu         pid   type     sm    mem    enc    dec    jpg    ofa     fb   ccpm    command
# Idx           #    C/G      %      %      %      %      %      %     MB     MB    name
    0       1904     G      2      1      -      -      -      -    310      0    Xorg
    0       7001     C     96     40      -      -      -      -  11872      0    python3
    0       8123   C+G     55     20      -      -      -      -   5100      0    Some Game.exe -x
    1          -     -      -      -      -      -      -      -      -      -    -
`;
const IDLE = { pid: null, comfyui: true, working: false };

Deno.test("processes of a card are read by the header's columns, whatever the driver's version", () => {
  const processes = parsePmon(PMON)!;
  assert.deepEqual(processes.map(({ pid, memoryMb }) => [pid, memoryMb]), [[1904, 310], [7001, 11872], [
    8123,
    5100,
  ]]);
  assert.equal(processes[2]!.command, "Some Game.exe -x");
  const old = parsePmon("# gpu pid type fb sm mem enc dec command\n 0 12 G 200 1 0 - - X\n")!;
  assert.deepEqual([old[0]!.memoryMb, old[0]!.smPercent], [200, 1]);
  assert.equal(parsePmon("Not supported on the device(s)"), null);
});

Deno.test("a game and the desktop are others, ComfyUI is not", () => {
  const seen = { processes: parsePmon(PMON), load: [] };
  assert.deepEqual(othersUse(seen, IDLE), { vramMb: 5410, percent: 57 });
  assert.deepEqual(
    othersUse(seen, { ...IDLE, comfyui: false }).vramMb,
    17282,
    "a stranger's Python is another",
  );
  assert.deepEqual(othersUse(seen, { ...IDLE, pid: 7001 }).vramMb, 5410);
  assert.deepEqual(othersUse(seen, { ...IDLE, pid: 1 }).vramMb, 17282, "not the one that this agent started");
  assert.deepEqual(othersUse({ processes: [], load: [] }, IDLE), { vramMb: 0, percent: 0 });
});

Deno.test("where the driver tells the whole card alone, nothing of ours is taken for a game", () => {
  const load = parseLoad("0, 9000, 97\n1, 400, [N/A]\n");
  const seen = { processes: null, load };
  assert.deepEqual(othersUse(seen, { pid: null, comfyui: false, working: false }), {
    vramMb: 9000,
    percent: 97,
  });
  assert.deepEqual(othersUse(seen, IDLE), { vramMb: null, percent: 97 });
  assert.deepEqual(othersUse(seen, { ...IDLE, working: true }), { vramMb: null, percent: null });
  assert.deepEqual(othersUse({ processes: null, load: [] }, IDLE), { vramMb: null, percent: null });
});
