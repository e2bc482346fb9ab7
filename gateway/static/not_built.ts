/** What stands at `/` until the canvas has been built. */
export const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The canvas is not built yet</title>
<style>
  :root { color-scheme: dark light; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 18vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.4rem; }
  code { padding: .1em .4em; border-radius: 4px; background: color-mix(in srgb, currentColor 12%, transparent); }
</style>
<h1>The canvas is not built yet</h1>
<p>The gateway works; the page that artists use is built by</p>
<p><code>deno run -A ui/build.ts</code></p>
<p>Run it in the studio's folder, then reload. <code>deno task start</code> does it by itself.
The API is described at <a href="/docs">/docs</a>.</p>
</html>
`;
