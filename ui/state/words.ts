import { studioNow } from "./clock.ts";
import { nominalRate, type RateName, RATES } from "../../shared/time/rate.ts";

/** Frames as seconds and frames at the project's rate: "4:00", "3:12". */
export function durationText(frames: number, fps: string): string {
  const rate = nominalRate(RATES[fps as RateName]);
  return `${Math.floor(frames / rate)}:${String(frames % rate).padStart(2, "0")}`;
}

/** "0:41 left"; nothing when it is not known. */
export function remainingText(seconds: number | undefined): string {
  if (seconds === undefined) return "";
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} left`;
}

/** "just now", "5 min ago", "3 h ago", or the day. */
export function agoText(iso: string, now = studioNow()): string {
  const minutes = Math.floor((now - Date.parse(iso)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return new Date(iso).toLocaleDateString();
}

/** "0 s", "45 s", "12 min", "3.4 h". */
export function hoursText(seconds: number): string {
  if (seconds < 90) return `${seconds > 0 && seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return seconds < 90 * 60 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes, unit = 0;
  while (value >= 1000 && unit < units.length - 1) (value /= 1000, unit++);
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
