/** What was dropped, or chosen: files with the folder they came in. */
export interface Dropped {
  files: File[];
  /** Of a folder that was dropped alone; null else. */
  folder: string | null;
}

/** Files of one drop; a browser would rather stop than read a whole disk. */
const MOST = 5000;

/**
 * The files of a drop, those of folders among them. Called while the event is handled: what a drop holds is gone after that, and its
 * folders are read from what was taken here.
 */
export function droppedFiles(data: DataTransfer): Promise<Dropped> {
  const entries = [...data.items].flatMap((item) => item.kind === "file" ? [item.webkitGetAsEntry()] : []);
  const plain = [...data.files];
  if (entries.length === 0 || entries.some((entry) => entry === null)) {
    return Promise.resolve({ files: plain, folder: null });
  }
  return gather(entries as FileSystemEntry[]);
}

async function gather(entries: FileSystemEntry[]): Promise<Dropped> {
  const files: File[] = [];
  const open = [...entries];
  for (let entry = open.shift(); entry; entry = open.shift()) {
    // Left by systems: nobody's pictures.
    if (entry.name.startsWith(".") || entry.name === "__MACOSX") continue;
    if (isFolder(entry)) open.unshift(...await childrenOf(entry));
    else files.push(await fileOf(entry as FileSystemFileEntry));
    if (files.length > MOST) {
      throw new Error(`There are more than ${MOST} files; drop fewer at a time, or zip them.`);
    }
  }
  const [only] = entries;
  return { files, folder: entries.length === 1 && only!.isDirectory ? only!.name : null };
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

/** A reader gives some at a time, and nothing when there are no more. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject)
    );
    if (some.length === 0) return all.sort((a, b) => a.name < b.name ? -1 : 1);
    all.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

export function isZip(file: File): boolean {
  return /\.zip$/i.test(file.name) || file.type === "application/zip" ||
    file.type === "application/x-zip-compressed";
}
