// One file over the wire: whoever selects a node soon selects another kind. Imported by `import()` alone.
export { AssemblerPanel } from "./assembler_panel.tsx";
export { AssetPanel } from "./asset_panel.tsx";
export { GeneratePanel } from "./generate_panel.tsx";
export { GroupPanel } from "./group_panel.tsx";
export { NextStep } from "./next_step.tsx";
export { NodeField } from "./node_field.tsx";
export { RunnerForm } from "./runner_form.tsx";
export { Several } from "./several.tsx";
