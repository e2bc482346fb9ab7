import { SaxesParser } from "saxes";

/** What is wrong with a file: its line, counted from 1, what was expected and what was found. */
export class FcpxmlError extends Error {
  override name = "FcpxmlError";
  readonly line: number | null;
  constructor(message: string, line: number | null = null, options?: ErrorOptions) {
    super(line === null ? message : `Line ${line}: ${message}`, options);
    this.line = line;
  }
}

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: XmlElement[];
  /** Its own text, without its children's. */
  text: string;
  /** Of its start. */
  line: number;
}

const DEEPEST = 200;
const MOST_ELEMENTS = 300_000;

/**
 * Reads XML strictly. Entities but the five of XML are refused, a document type is passed over and nothing is fetched, so
 * that a file can neither grow nor reach out.
 */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser();
  const open: XmlElement[] = [];
  let root: XmlElement | null = null;
  let count = 0;
  parser.on("error", (error) => {
    // "3:14: text": its own line is said by ours.
    throw new FcpxmlError(
      `it is not well-formed XML: ${error.message.replace(/^\d+:\d+:\s*/, "")}`,
      parser.line,
    );
  });
  parser.on("doctype", (type) => {
    if (/<!ENTITY/i.test(type)) {
      throw new FcpxmlError(
        "a document type without entities was expected, found one that declares some; export it anew.",
        parser.line,
      );
    }
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element: XmlElement = { name, attributes, children: [], text: "", line: parser.line };
    if (++count > MOST_ELEMENTS) {
      throw new FcpxmlError(`at most ${MOST_ELEMENTS} elements are read, found more.`, parser.line);
    }
    if (open.length >= DEEPEST) throw new FcpxmlError(`elements lie deeper than ${DEEPEST}.`, parser.line);
    if (open.length) open.at(-1)!.children.push(element);
    else root ??= element;
    open.push(element);
  });
  parser.on("closetag", () => void open.pop());
  const say = (more: string) => {
    if (open.length) open.at(-1)!.text += more;
  };
  parser.on("text", say);
  parser.on("cdata", say);
  parser.write(text.replace(/^\ufeff/, "")).close();
  if (!root) throw new FcpxmlError("it is empty.");
  return root;
}

/** Text as it stands in an attribute or between tags; what XML cannot hold is left out. */
export function escapeXml(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[&<>"]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char]!)
    .replace(/[\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** An element as text, indented; attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: Record<string, string | undefined>,
  children: readonly string[] = [],
): string {
  const said = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeXml(value)}"`]
  ).join("");
  if (!children.length) return `<${name}${said}/>`;
  const inside = children.map((child) => child.replace(/^/gm, "  ")).join("\n");
  return `<${name}${said}>\n${inside}\n</${name}>`;
}

export function textElement(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}
