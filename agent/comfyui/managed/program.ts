/** Something to run that serves ComfyUI's API: ComfyUI itself, or a container that answers as it does. */
export interface Program {
  /** Begins sentences: "ComfyUI". */
  name: string;
  /** Two at one address cannot be: what answers there already is used in place of this one. */
  mayUseAnother: boolean;
  /** Rejects, with why, when it cannot be started on this machine as it is now. */
  start(): Promise<Started>;
  /** Told why it has ended by itself, with its last words: the next start may be another. */
  ended?(why: string): void;
}

export interface Started {
  process: Deno.ChildProcess;
  /** Ends it however it is, and waits for its end. What hangs hears no request to end, and is not waited for. */
  stop(hangs: boolean): Promise<void>;
}
