/** One filter with its options escaped as ffmpeg wants them: once for the option list and once for the graph. */
export function filter(name: string, options: Record<string, string | number>): string {
  const list = Object.entries(options).map(([key, value]) => `${key}=${escapeValue(String(value))}`);
  return list.length === 0 ? name : `${name}=${list.join(":")}`;
}

function escapeValue(value: string): string {
  return value.replace(/[\\':]/g, "\\$&").replace(/[\\'[\],;]/g, "\\$&");
}
