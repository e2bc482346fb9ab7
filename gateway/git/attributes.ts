/** Extensions that go through LFS, in the order in which `.gitattributes` lists them. None of them can be merged. */
const MEDIA: Record<string, readonly string[]> = {
  "Moving pictures": ["mp4", "m4v", "mov", "mkv", "webm", "avi", "mxf", "mpg", "mpeg", "ts", "mts", "gif"],
  "Stills": [
    "png",
    "jpg",
    "jpeg",
    "webp",
    "avif",
    "heic",
    "tif",
    "tiff",
    "tga",
    "bmp",
    "exr",
    "hdr",
    "dpx",
    "ico",
  ],
  "Sound": ["wav", "mp3", "flac", "aac", "m4a", "ogg", "opus", "aif", "aiff", "mid"],
  "Layered and project files": [
    "psd",
    "psb",
    "kra",
    "xcf",
    "ora",
    "clip",
    "ai",
    "afphoto",
    "afdesign",
    "blend",
    "ma",
    "mb",
    "max",
    "c4d",
    "hip",
    "hiplc",
    "aep",
    "prproj",
    "drp",
    "ptx",
    "als",
  ],
  "Geometry and caches": ["fbx", "glb", "abc", "usdc", "usdz", "vdb", "bgeo", "ply", "stl"],
  "Models and archives": [
    "safetensors",
    "ckpt",
    "pt",
    "pth",
    "gguf",
    "onnx",
    "npz",
    "zip",
    "7z",
    "gz",
    "tar",
    "rar",
  ],
  "Documents and fonts": ["pdf", "ttf", "otf", "woff", "woff2"],
};

const EXTENSIONS = new Set(Object.values(MEDIA).flat());

/** True when `.gitattributes` sends files of this extension (without the dot) through LFS. */
export function isLfsExtension(extension: string): boolean {
  return EXTENSIONS.has(extension.toLowerCase());
}

/** `mp4` -> `*.[mM][pP]4`: cameras write upper case, and attributes know no case folding. */
function anyCase(extension: string): string {
  const letters = [...extension].map((each) => /[a-z]/.test(each) ? `[${each}${each.toUpperCase()}]` : each);
  return `*.${letters.join("")}`;
}

/** The `.gitattributes` of every project. `lockable`: two versions of a picture cannot be merged, so people lock first. */
export function gitAttributes(): string {
  const lines = ["# Media lies in LFS; the repository holds pointers. `git lfs lock` before you edit."];
  for (const [title, extensions] of Object.entries(MEDIA)) {
    lines.push("", `# ${title}`);
    for (const extension of extensions) {
      lines.push(`${anyCase(extension)} filter=lfs diff=lfs merge=lfs -text lockable`);
    }
  }
  lines.push("", "# Text that programs read: the same bytes on every system", "*.json text eol=lf");
  lines.push("*.edl text eol=lf", "*.otio text eol=lf", "*.md text eol=lf", "");
  return lines.join("\n");
}
