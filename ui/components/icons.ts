import type { LucideIcon } from "lucide-preact";
import arrowUpCircle from "lucide-preact/icons/circle-arrow-up.mjs";
import chevronDown from "lucide-preact/icons/chevron-down.mjs";
import chevronLeft from "lucide-preact/icons/chevron-left.mjs";
import chevronRight from "lucide-preact/icons/chevron-right.mjs";
import chevronUp from "lucide-preact/icons/chevron-up.mjs";
import chevronsDownUp from "lucide-preact/icons/chevrons-down-up.mjs";
import chevronsRight from "lucide-preact/icons/chevrons-right.mjs";
import chevronsUpDown from "lucide-preact/icons/chevrons-up-down.mjs";
import circleOff from "lucide-preact/icons/circle-off.mjs";
import cornerLeftUp from "lucide-preact/icons/corner-left-up.mjs";
import film from "lucide-preact/icons/film.mjs";
import gitBranch from "lucide-preact/icons/git-branch.mjs";
import libraryBig from "lucide-preact/icons/library-big.mjs";
import lock from "lucide-preact/icons/lock.mjs";
import maximize from "lucide-preact/icons/maximize.mjs";
import moon from "lucide-preact/icons/moon.mjs";
import panelLeft from "lucide-preact/icons/panel-left.mjs";
import panelRight from "lucide-preact/icons/panel-right.mjs";
import plus from "lucide-preact/icons/plus.mjs";
import redo2 from "lucide-preact/icons/redo-2.mjs";
import squareArrowDown from "lucide-preact/icons/square-arrow-down.mjs";
import sun from "lucide-preact/icons/sun.mjs";
import undo2 from "lucide-preact/icons/undo-2.mjs";
import x from "lucide-preact/icons/x.mjs";
import zoomIn from "lucide-preact/icons/zoom-in.mjs";
import zoomOut from "lucide-preact/icons/zoom-out.mjs";

/**
 * The icons of what is loaded first, each from its own file: through the package's own door the icons of all pages would come with
 * them (measured: 7 kB of them, gzipped). What is loaded by need uses that door.
 */
export const ArrowUpCircle: LucideIcon = arrowUpCircle;
export const ChevronDown: LucideIcon = chevronDown;
export const ChevronLeft: LucideIcon = chevronLeft;
export const ChevronRight: LucideIcon = chevronRight;
export const ChevronUp: LucideIcon = chevronUp;
export const ChevronsDownUp: LucideIcon = chevronsDownUp;
export const ChevronsRight: LucideIcon = chevronsRight;
export const ChevronsUpDown: LucideIcon = chevronsUpDown;
export const CircleOff: LucideIcon = circleOff;
export const CornerLeftUp: LucideIcon = cornerLeftUp;
export const Film: LucideIcon = film;
export const GitBranch: LucideIcon = gitBranch;
export const LibraryBig: LucideIcon = libraryBig;
export const Lock: LucideIcon = lock;
export const Maximize: LucideIcon = maximize;
export const Moon: LucideIcon = moon;
export const PanelLeft: LucideIcon = panelLeft;
export const PanelRight: LucideIcon = panelRight;
export const Plus: LucideIcon = plus;
export const Redo2: LucideIcon = redo2;
export const SquareArrowDown: LucideIcon = squareArrowDown;
export const Sun: LucideIcon = sun;
export const Undo2: LucideIcon = undo2;
export const X: LucideIcon = x;
export const ZoomIn: LucideIcon = zoomIn;
export const ZoomOut: LucideIcon = zoomOut;
