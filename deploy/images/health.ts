/** `health.ts <url>`: exit code 0 when it answers 2xx within 5 s. Images have no curl. */
if (import.meta.main) {
  const response = await fetch(Deno.args[0]!, { signal: AbortSignal.timeout(5000) }).catch(() => null);
  await response?.body?.cancel();
  Deno.exit(response?.ok ? 0 : 1);
}
