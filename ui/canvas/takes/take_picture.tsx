import { useState } from "preact/hooks";
import type { Take } from "../../../shared/api/work.ts";

/** A take's poster; a clip plays while the pointer is on it. Masters are never loaded here. */
export function TakePicture({ take, playOnHover = false }: { take: Take; playOnHover?: boolean }) {
  const [hover, setHover] = useState(false);
  if (take.kind === "video" && playOnHover && hover && take.proxy_url) {
    return (
      <video
        src={take.proxy_url}
        autoplay
        muted
        loop
        playsInline
        poster={take.poster_url ?? undefined}
        onPointerLeave={() => setHover(false)}
      />
    );
  }
  return take.poster_url
    ? (
      <img
        src={take.poster_url}
        alt={take.name}
        loading="lazy"
        decoding="async"
        onPointerEnter={() => setHover(true)}
      />
    )
    : <span>{take.name}</span>;
}
