// Git's pre-receive hook (githooks(5)): the gateway that started this push looks at it, and says why when it refuses.
// Plain JavaScript without imports: it starts in a few hundredths of a second and writes no cache.

async function ask() {
  const lines = await new Response(Deno.stdin.readable).text();
  const answer = await fetch(Deno.env.get("STUDIO_PUSH_URL"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      lines,
      objects: Deno.env.get("GIT_OBJECT_DIRECTORY"),
      alternates: Deno.env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES"),
    }),
  });
  return { taken: answer.status === 204, sentences: await answer.text() };
}

let refusal = "";
try {
  const { taken, sentences } = await ask();
  if (!taken) refusal = sentences;
} catch {
  refusal = "\nThe studio could not look at this push; nothing was changed. Push again in a moment.\n";
}
if (refusal) {
  await Deno.stderr.write(new TextEncoder().encode(refusal));
  Deno.exit(1);
}
