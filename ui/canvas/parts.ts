// One file over the wire: what the panels around the canvas show, fetched as soon as the canvas is drawn. Imported by `import()`
// alone; of many small files each would bring what it shares with others in a file of its own, and all of those would come first.
export { align, distribute } from "./align.ts";
export { bringSaid } from "./assets/bring_link.ts";
export { bringFiles, placeAssets } from "./assets/place.ts";
export { sendFile, sendMediaZip } from "./assets/send.ts";
export { MediaTab } from "./assets/media_tab.tsx";
export { UploadList } from "./assets/upload_list.tsx";
export { BranchList } from "./branches/branch_list.tsx";
export { copyDiagnostics } from "./diagnostics/copy.ts";
export { FleetTab } from "./dock/fleet_tab.tsx";
export { FleetPage } from "../fleet/fleet_page.tsx";
export { HistoryTab } from "./dock/history_tab.tsx";
export { NoticesTab } from "./dock/notices_tab.tsx";
export { QueueTab } from "./dock/queue_tab.tsx";
export { tellPort } from "./flow/port_words.ts";
export { MiniMap } from "./flow/mini_map.tsx";
export { Overview } from "./flow/overview/overview.tsx";
export { PortMenu } from "./flow/port_menu.tsx";
export { cancelAll, generateDownstream, generateSelection, generateStale } from "./generating.ts";
export { NextStep } from "./inspector/next_step.tsx";
export { NodePanel } from "./inspector/node_panel.tsx";
export { Several } from "./inspector/several.tsx";
export { LibraryTab } from "./library/library_tab.tsx";
export { placeItem } from "./library/place_item.ts";
export { OpenMenu } from "./menu/open_menu.tsx";
export { lay } from "./lay.ts";
export { layHere, pasteText } from "./paste.ts";
export { NodeSearch } from "./palette/node_search.tsx";
