import { dirname, join } from "@std/path";

/** A program of the machine that the studio needs, and its packages by package manager. */
export interface Program {
  name: string;
  /** What it is for, as the person reads it. */
  purpose: string;
  /** Only for running the tests. */
  tests: boolean;
  /** Where it is, or null. */
  find(): string | null;
  packages: Record<Manager, string[]>;
}

export type Manager = "apt-get" | "dnf" | "pacman" | "brew";

export const PROGRAMS: readonly Program[] = [
  {
    name: "git",
    purpose: "a project is a Git repository",
    tests: false,
    find: () => onPath("git"),
    packages: { "apt-get": ["git"], dnf: ["git"], pacman: ["git"], brew: ["git"] },
  },
  {
    name: "ffmpeg",
    purpose: "films are cut with it",
    tests: false,
    find: () => onPath("ffprobe") && onPath("ffmpeg"),
    packages: { "apt-get": ["ffmpeg"], dnf: ["ffmpeg-free"], pacman: ["ffmpeg"], brew: ["ffmpeg"] },
  },
  {
    name: "a font",
    purpose: "animatics are lettered with it",
    tests: false,
    find: findFont,
    packages: {
      "apt-get": ["fonts-dejavu-core"],
      dnf: ["dejavu-sans-fonts"],
      pacman: ["ttf-dejavu"],
      brew: [],
    },
  },
  {
    name: "git-lfs",
    purpose: "the tests clone projects with it, as artists do",
    tests: true,
    find: () => onPath("git-lfs"),
    packages: { "apt-get": ["git-lfs"], dnf: ["git-lfs"], pacman: ["git-lfs"], brew: ["git-lfs"] },
  },
  {
    name: "PostgreSQL",
    purpose: "the tests run against a real server as well as the embedded one",
    tests: true,
    find: () => findPostgres("postgres"),
    packages: {
      "apt-get": ["postgresql"],
      dnf: ["postgresql-server"],
      pacman: ["postgresql"],
      brew: ["postgresql@16"],
    },
  },
  {
    name: "nginx",
    purpose: "the tests put several gateways behind it",
    tests: true,
    find: () => onPath("nginx") ?? (isFile("/usr/sbin/nginx") ? "/usr/sbin/nginx" : null),
    packages: { "apt-get": ["nginx-light"], dnf: ["nginx"], pacman: ["nginx"], brew: ["nginx"] },
  },
  {
    name: "promtool",
    purpose: "the tests have Prometheus judge the alerts",
    tests: true,
    find: () => onPath("promtool"),
    packages: {
      "apt-get": ["prometheus"],
      dnf: ["golang-github-prometheus"],
      pacman: ["prometheus"],
      brew: ["prometheus"],
    },
  },
  {
    name: "Chromium",
    purpose: "the tests open the canvas in it",
    tests: true,
    find: findChromium,
    packages: { "apt-get": ["chromium"], dnf: ["chromium"], pacman: ["chromium"], brew: ["chromium"] },
  },
  {
    name: "podman",
    purpose: "the tests run a runner in a container, where this machine lets them",
    tests: true,
    // Elsewhere it needs a virtual machine of its own, and that test says that it was not tried.
    find: () => Deno.build.os === "linux" ? onPath("podman") : "not needed",
    packages: { "apt-get": ["podman"], dnf: ["podman"], pacman: ["podman"], brew: [] },
  },
];

/** Path of a program on PATH, or null. */
export function onPath(name: string): string | null {
  const windows = Deno.build.os === "windows";
  for (const folder of (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":")) {
    const path = join(folder, windows ? `${name}.exe` : name);
    if (folder && isFile(path)) return path;
  }
  return null;
}

/** A program of a PostgreSQL server: on PATH, or where Debian, Fedora and Homebrew keep it. The newest is taken. */
export function findPostgres(name: string): string | null {
  const found = onPath("postgres");
  if (found) return join(dirname(found), name);
  const roots = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr/pgsql"];
  for (const root of roots) {
    for (
      const version of list(root).sort((a, b) => Number(b.replace(/\D/g, "")) - Number(a.replace(/\D/g, "")))
    ) {
      const path = join(root, version, "bin", name);
      if (isFile(path)) return path;
    }
  }
  return null;
}

export function findChromium(): string | null {
  return onPath("chromium") ?? onPath("chromium-browser") ?? onPath("google-chrome") ??
    [
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ]
      .find(isFile) ??
    null;
}

function findFont(): string | null {
  return [
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/System/Library/Fonts/Helvetica.ttc",
    "C:\\Windows\\Fonts\\arial.ttf",
  ].find(isFile) ?? null;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function list(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name);
  } catch {
    return [];
  }
}
