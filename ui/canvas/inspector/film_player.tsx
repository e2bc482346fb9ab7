import type { Export } from "../../../shared/api/work.ts";
import { FILM_FORMATS } from "../../../shared/jobs/film.ts";

/** Formats that browsers play as they are. */
const PLAYED = ["mp4-h264", "webm"];

/** A film to look at here: played, or its picture where it is a still or in a format that no browser plays. */
export function FilmPlayer({ film }: { film: Export }) {
  const { format, proxy_url, film_url, poster_url } = film;
  const source = proxy_url ?? (PLAYED.includes(format) ? film_url : null);
  if (source) {
    return <video class="player" controls src={source} {...(poster_url ? { poster: poster_url } : {})} />;
  }
  const picture = FILM_FORMATS[format].runs ? poster_url : film_url;
  return picture ? <img class="player" src={picture} alt={film.name} /> : null;
}
