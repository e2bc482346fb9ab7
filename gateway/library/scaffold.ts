import { LIBRARY_FOLDERS } from "../../shared/library/item.ts";
import { type Change, gitAttributes } from "../git/mod.ts";

const README = `# Library

What every film of this studio can use. Each item is a folder: \`item.json\` says what it is, its files lie beside it.

- Its \`id\` stays. \`title\`, \`description\`, \`tags\` and \`retired\` may change at any time.
- \`content\` never changes under its \`version\`: raise it by one, and say in \`note\` what is new. Films keep what they use and are
  offered the newer one.
- Nothing is deleted: set \`retired\` to true, and it is no longer offered.
`;

/** The first commit of a library. */
export function libraryScaffold(): Change[] {
  return [
    { path: "README.md", content: README },
    { path: ".gitattributes", content: gitAttributes() },
    { path: ".gitignore", content: ".DS_Store\nThumbs.db\ndesktop.ini\n*~\n*.tmp\n" },
    ...LIBRARY_FOLDERS.map((folder) => ({ path: `${folder}/.gitkeep`, content: "" })),
  ];
}
