// One file over the wire: the tabs that are not open at first. Imported by `import()` alone.
export { FleetTab } from "./fleet_tab.tsx";
export { HistoryTab } from "./history_tab.tsx";
export { NoticesTab } from "./notices_tab.tsx";
