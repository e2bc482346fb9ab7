/** A page with a few sentences, for a person whom the canvas is no help to; what stands in backquotes is set as code. */
export function messagePage(title: string, paragraphs: string[]): string {
  const text = (words: string) => escape(words).replace(/`([^`]+)`/g, "<code>$1</code>");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
  :root { color-scheme: dark light; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.4rem; }
</style>
<h1>${escape(title)}</h1>
${paragraphs.map((words) => `<p>${text(words)}</p>`).join("\n")}
<p><a href="/">Open the studio</a></p>
</html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
