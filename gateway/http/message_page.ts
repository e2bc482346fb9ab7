/** A page with a few sentences, for a person whom the canvas is no help to; what stands in backquotes is set as code. */
export function messagePage(title: string, paragraphs: string[]): string {
  const text = (words: string) => escape(words).replace(/`([^`]+)`/g, "<code>$1</code>");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
  /* As the canvas looks, without needing it: it may not be built. */
  :root { color-scheme: dark; background: #0d0e11; color: #a3abb8; }
  body { font: 14px/1.6 "Inter Variable", Inter, system-ui, sans-serif; max-width: 30rem; margin: 24vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.4rem; color: #e9ebef; }
  h1::before { content: ""; display: block; width: 28px; height: 28px; margin-bottom: 20px; border-radius: 8px;
    background: radial-gradient(circle, #ffb454 44%, #1a1d23 47%); }
  code { color: #e9ebef; }
  a { display: inline-block; margin-top: 8px; padding: 6px 14px; border-radius: 8px; background: #ffb454; color: #241803;
    font-weight: 600; text-decoration: none; }
  :focus-visible { outline: 2px solid #e9ebef; outline-offset: 2px; }
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
