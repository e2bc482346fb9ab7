import { git } from "../git/mod.ts";

const FOLDERS = ["01_Assets", "04_Project_Files"] as const;
const NAMED = 3;

/** What came to and left the folders that people fill, a sentence for each folder and way. */
export async function fileNews(gitDir: string, before: string, after: string): Promise<string[]> {
  const said = await git([
    "diff",
    "--name-status",
    "--no-renames",
    "-z",
    before,
    after,
    "--",
    ...FOLDERS.map((folder) => `${folder}/`),
  ], { gitDir });
  const fields = said.split("\0");
  const files = new Map<string, string[]>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const path = fields[at + 1]!;
    const key = `${fields[at]} ${path.slice(0, path.indexOf("/"))}`;
    files.set(key, [...files.get(key) ?? [], path.slice(path.lastIndexOf("/") + 1)]);
  }
  const sentences: string[] = [];
  for (const folder of FOLDERS) {
    const news: [status: string, words: string][] = [["A", "new"], ["M", "changed"], ["D", "removed"]];
    for (const [status, words] of news) {
      const names = files.get(`${status} ${folder}`);
      if (names) sentences.push(`${words} in ${folder}: ${listed(names)}.`);
    }
  }
  return sentences;
}

function listed(names: string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
