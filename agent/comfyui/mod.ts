/** The ComfyUI room: a client for 0.3.64 and later. */
export { type ComfyClient, ComfyError, createComfyClient } from "./client.ts";
export { extensionOf, takeOf } from "./outputs.ts";
export { type Patience, runPrompt } from "./run.ts";
export { followTerminal } from "./terminal.ts";
