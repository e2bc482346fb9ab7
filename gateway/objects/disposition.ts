/**
 * `Content-Disposition` that saves the object under this name (RFC 6266): a plain ASCII name for old programs and the
 * real one in UTF-8. Nothing in the name can end the header, name a folder or hide the extension.
 */
export function attachment(fileName: string): string {
  const name = safeName(fileName);
  const ascii = name.replace(/[^\x20-\x7e]/g, "_").replace(/["\\%]/g, "_");
  const utf8 = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return ascii === name
    ? `attachment; filename="${ascii}"`
    : `attachment; filename="${ascii}"; filename*=UTF-8''${utf8}`;
}

function safeName(fileName: string): string {
  const name = fileName.toWellFormed()
    // Control characters and those that turn the reading direction around ("gpj.exe").
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "")
    .replace(/[/\\:*?"<>|]/g, "_")
    .replace(/^[. ]+|[. ]+$/g, "");
  return [...name].slice(0, 150).join("") || "download";
}
