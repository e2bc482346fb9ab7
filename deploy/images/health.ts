/** `health.ts <path>`: exit code 0 when this machine's gateway (on PORT) answers 2xx within 5 s. Images have no curl. */
if (import.meta.main) {
  const url = `http://127.0.0.1:${Deno.env.get("PORT") ?? "8000"}${Deno.args[0] ?? "/readyz"}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null);
  await response?.body?.cancel();
  Deno.exit(response?.ok ? 0 : 1);
}
