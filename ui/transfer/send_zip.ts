import type { Told } from "../../shared/api/archive.ts";
import { ApiError } from "../api.ts";

/** What the person who waits is shown. `part`: 0 to 1, null while nobody knows. */
export interface Stage {
  words: string;
  part: number | null;
}

const ON_ITS_WAY = "The studio does not answer; nothing was imported. Try again.";

/**
 * Sends a zip and reads how far the studio is, line by line, until the result. XMLHttpRequest, since `fetch` says nothing about how far
 * an upload is. Throws a sentence, or the signal's reason.
 */
export function sendZip<T>(
  path: string,
  file: Blob,
  { signal, tell }: { signal: AbortSignal; tell: (stage: Stage) => void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let read = 0;
    let last: Told<T> | null = null;
    const lines = () => {
      for (
        let end = request.responseText.indexOf("\n", read);
        end >= 0;
        end = request.responseText.indexOf("\n", read)
      ) {
        last = JSON.parse(request.responseText.slice(read, end)) as Told<T>;
        read = end + 1;
        if ("stage" in last) {
          tell({ words: last.stage, part: last.total ? (last.done ?? 0) / last.total : null });
        }
      }
    };
    request.open("POST", path);
    request.setRequestHeader("accept", "application/x-ndjson");
    request.setRequestHeader("content-type", "application/zip");
    request.upload.onprogress = ({ lengthComputable, loaded, total }) =>
      tell({ words: "Sending the zip", part: lengthComputable ? loaded / total : null });
    request.upload.onload = () => tell({ words: "Looking at the zip", part: null });
    request.onprogress = () => request.status < 300 && lines();
    request.onload = () => {
      if (request.status >= 300) return reject(problemOf(request.status, request.responseText));
      lines();
      if (last && "result" in last) resolve(last.result);
      else if (last && "problem" in last) {
        reject(new ApiError(last.problem.status, last.problem.code, last.problem.detail));
      } else {reject(
          new ApiError(
            0,
            "offline",
            "The studio broke off before it was done. Look whether the film is there; else try again.",
          ),
        );}
    };
    request.onerror = () => reject(new ApiError(0, "offline", ON_ITS_WAY));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop);
    request.send(file);
  });
}

function problemOf(status: number, text: string): ApiError {
  try {
    const { code, detail } = JSON.parse(text) as { code: string; detail: string };
    return new ApiError(status, code, detail);
  } catch {
    return new ApiError(status, "unknown", `The studio answered ${status}; try again.`);
  }
}
