import { z } from "zod";
import type { Gpu } from "./hardware.ts";

export const ROCM_ARGS = ["--showproductname", "--showmeminfo", "vram", "--showdriverversion", "--json"];

const Cards = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])));

/**
 * Reads `rocm-smi --json`: `{"card0": {"VRAM Total Memory (B)": "25753026560", …}, "system": {"Driver version": …}}`.
 * Versions differ in the spelling of keys ("Card series", "Card Series") and some print warnings before the JSON.
 */
export function parseRocm(text: string): { gpus: Gpu[]; driver: string | null; remarks: string[] } {
  const start = text.indexOf("{");
  const parsed = Cards.safeParse(start < 0 ? null : json(text.slice(start)));
  if (!parsed.success) {
    const said = text.trim().split(/\r?\n/)[0]?.slice(0, 300);
    return { gpus: [], driver: null, remarks: said ? [`rocm-smi says: ${said}`] : [] };
  }
  const gpus: Gpu[] = [];
  let driver: string | null = null;
  for (const [card, facts] of Object.entries(parsed.data)) {
    const fact = (pattern: RegExp) => Object.entries(facts).find(([key]) => pattern.test(key))?.[1];
    const version = fact(/driver version/i);
    if (version) driver ??= `amdgpu ${version}`.slice(0, 80);
    const index = /^card(\d+)$/.exec(card)?.[1];
    if (!index) continue;
    const total = mib(fact(/^VRAM Total Memory \(B\)$/i));
    const used = mib(fact(/^VRAM Total Used Memory \(B\)$/i));
    const name = [fact(/^card series$/i), fact(/^card model$/i), fact(/^card sku$/i)].find(named);
    gpus.push({
      index: Number(index),
      name: String(name ?? "AMD GPU").slice(0, 120),
      vramTotalMb: total,
      vramFreeMb: total === null || used === null ? null : total - used,
      source: "rocm-smi",
    });
  }
  return { gpus: gpus.sort((a, b) => a.index - b.index), driver, remarks: [] };
}

/** Some versions put the device id (0x744c) or N/A where the name belongs. */
function named(value: string | number | undefined): boolean {
  return typeof value === "string" && value.trim() !== "" && !/^(0x|n\/a)/i.test(value.trim());
}

function mib(bytes: string | number | undefined): number | null {
  const value = Number(bytes);
  return bytes === undefined || !Number.isFinite(value) || value <= 0
    ? null
    : Math.round(value / (1024 * 1024));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
