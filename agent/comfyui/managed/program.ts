/** Something to run that serves ComfyUI's API: ComfyUI itself, or a container that answers as it does. */
export interface Program {
  /** Begins sentences: "ComfyUI". */
  name: string;
  /** Two at one address cannot be: what answers there already is used in place of this one. */
  mayUseAnother: boolean;
  /** Rejects, with why, when it cannot be started on this machine as it is now. */
  start(): Promise<Started>;
}

export interface Started {
  process: Deno.ChildProcess;
  /** Ends it however it is, and waits for its end. */
  stop(): Promise<void>;
}
