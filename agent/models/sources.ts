import { isLoopback } from "../config.ts";
import { netHosts } from "../permissions.ts";
import { ModelError } from "./reply.ts";

/**
 * Where models come from, and the hosts to which each sends whoever asks: Deno's permission names hosts one by one, so they are named
 * here. Another is allowed by whoever starts the agent, with --model-host.
 */
const SENDS_TO: Record<string, string[]> = {
  "huggingface.co": [
    "cdn-lfs.huggingface.co",
    "cdn-lfs-us-1.huggingface.co",
    "cdn-lfs-eu-1.huggingface.co",
    "cdn-lfs.hf.co",
    "cdn-lfs-us-1.hf.co",
    "cdn-lfs-eu-1.hf.co",
    "cas-bridge.xethub.hf.co",
    "us.gcp.cdn.hf.co",
    "us.aws.cdn.hf.co",
    "eu.aws.cdn.hf.co",
  ],
};

/** `host:port` of all that these downloads may reach. */
export function sourceHosts(urls: readonly string[], more: readonly string[]): string[] {
  const hosts = urls.flatMap((url) => {
    if (!URL.canParse(url)) return [];
    return [...netHosts(url), ...(SENDS_TO[new URL(url).hostname] ?? []).map((host) => `${host}:443`)];
  });
  return [...new Set([...hosts, ...more.map((host) => /:\d+$/.test(host) ? host : `${host}:443`)])];
}

export interface Asked {
  response: Response;
  /** What the source itself said before it sent us elsewhere. */
  sha256: string | null;
  size: number | null;
}

const MOST_REDIRECTS = 5;

/**
 * A GET that follows redirects by hand: only to hosts that are allowed, never from https to http, and the token goes to the source
 * alone, never to where that sends us.
 */
export async function ask(
  url: string,
  options: {
    headers: Record<string, string>;
    token: string | null;
    mayReach(host: string): boolean | Promise<boolean>;
    signal: AbortSignal;
  },
): Promise<Asked> {
  const source = new URL(url);
  let at = source;
  const told: Pick<Asked, "sha256" | "size"> = { sha256: null, size: null };
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const [host] = netHosts(at.href);
    if (!host || !await options.mayReach(host)) {
      throw new ModelError(
        hops === 0
          ? `this download was not allowed to reach ${at.host}; allow it with --model-host ${at.host}`
          : `${source.host} sends us to ${at.host}, which this download may not reach; if that is right, allow it with --model-host ${at.host}`,
        { final: true },
      );
    }
    if (at.protocol !== "https:" && !isLoopback(at.hostname)) {
      throw new ModelError(
        `${at.host} is reached by plain ${at.protocol.slice(0, -1)}, where anybody could put in another file`,
        {
          final: true,
        },
      );
    }
    const response = await fetch(at, {
      redirect: "manual",
      signal: options.signal,
      headers: {
        ...options.headers,
        // Bytes as they lie there: a resumed gzip would be rubbish.
        "accept-encoding": "identity",
        ...(options.token && at.host === source.host ? { authorization: `Bearer ${options.token}` } : {}),
      },
    });
    if (at.host === source.host) {
      const size = response.headers.get("x-linked-size");
      told.sha256 = statedDigest(response.headers) ?? told.sha256;
      if (size && /^\d+$/.test(size)) told.size = Number(size);
    }
    if (response.status < 300 || response.status >= 400 || response.status === 304) {
      return { response, ...told };
    }
    await response.body?.cancel();
    const to = response.headers.get("location");
    if (!to || !URL.canParse(to, at.href)) {
      throw new ModelError(`${at.host} sends us nowhere`, { final: false });
    }
    at = new URL(to, at);
  }
  throw new ModelError(`${source.host} sends us in circles`, { final: true });
}

/**
 * The SHA-256 that Hugging Face states of a file in Git LFS (huggingface_hub, `get_hf_file_metadata`). Its plain ETag is none: of small
 * files it is Git's digest, and of those that lie in Xet it is Xet's, which has the same length.
 */
function statedDigest(headers: Headers): string | null {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(headers.get("x-linked-etag") ?? "")?.[1] ?? null;
}
