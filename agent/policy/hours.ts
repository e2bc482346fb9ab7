import { DAYS, type Hours } from "./policy.ts";

/**
 * Whether the wall clock stands within one of the ranges. A range belongs to the day it begins on and may end on the next
 * (`from` after `to`); `from` equal to `to` is the whole day. Only the clock on the wall counts: the hour that is skipped in
 * spring never comes, the one that is repeated in autumn counts twice.
 */
export function withinHours(ranges: readonly Hours[], now: Date, zone: string | null): boolean {
  if (ranges.length === 0) return true;
  const { day, minute } = wallClock(now, zone);
  return ranges.some(({ days, from, to }) => {
    const begin = minutes(from);
    const end = minutes(to);
    const today = days.includes(DAYS[day]!);
    const yesterday = days.includes(DAYS[(day + 6) % 7]!);
    if (begin === end) return today;
    if (begin < end) return today && minute >= begin && minute < end;
    return today && minute >= begin || yesterday && minute < end;
  });
}

/** "mon–fri 22:00–07:00, sat sun 00:00–24:00" */
export function hoursText(ranges: readonly Hours[]): string {
  return ranges.map(({ days, from, to }) => `${daysText(days)}${from}–${to}`).join(", ");
}

function daysText(days: Hours["days"]): string {
  const order = DAYS.filter((day) => days.includes(day));
  if (order.length === 7) return "";
  if (order.join() === "mon,tue,wed,thu,fri") return "mon–fri ";
  return `${order.join(" ")} `;
}

function minutes(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

function wallClock(now: Date, zone: string | null): { day: number; minute: number } {
  if (zone === null) return { day: now.getDay(), minute: now.getHours() * 60 + now.getMinutes() };
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  return {
    day: DAYS.indexOf(part("weekday").toLowerCase() as typeof DAYS[number]),
    minute: Number(part("hour")) * 60 + Number(part("minute")),
  };
}
