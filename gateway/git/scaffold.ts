import { gitAttributes } from "./attributes.ts";
import type { Change } from "./mod.ts";

/** Folders that every project has from its first commit; Git keeps no empty ones, hence `.gitkeep`. */
const FOLDERS = [
  "01_Assets/Audio",
  "01_Assets/Video",
  "01_Assets/Images",
  "02_Source_Creative",
  "03_Renders",
  "04_Project_Files",
  "06_Exports",
];

const IGNORED = `# What can be made again
05_Cache/

# Left by systems and programs
.DS_Store
Thumbs.db
desktop.ini
*~
*.tmp
*.blend1
`;

/** The first commit of a project (DESIGN.md 8). */
export function scaffold(manifest: string): Change[] {
  return [
    { path: "project.json", content: manifest },
    { path: ".gitattributes", content: gitAttributes() },
    { path: ".gitignore", content: IGNORED },
    ...FOLDERS.map((folder) => ({ path: `${folder}/.gitkeep`, content: "" })),
  ];
}
