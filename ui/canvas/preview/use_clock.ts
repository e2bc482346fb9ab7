import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Rate } from "../../../shared/time/rate.ts";

/** Where the film stands, and how it runs: 0 stands, 1 plays, -2 goes back twice as fast. */
export interface Clock {
  frame: Signal<number>;
  speed: Signal<number>;
  toggle(): void;
  pause(): void;
  /** J and L: each press doubles the speed that way, up to eight times; the other way begins anew. */
  shuttle(way: 1 | -1): void;
  step(by: number): void;
  seek(frame: number): void;
}

const FASTEST = 8;

/** Runs by the wall clock, in whole frames; at the end it begins anew, backwards it stops at the beginning. */
export function useClock(total: number, rate: Rate): Clock {
  const frame = useSignal(0);
  const speed = useSignal(1);
  // What is wanted now, for a loop that outlives a drawing.
  const length = useRef(total);
  length.current = total;
  useEffect(() => {
    if (frame.peek() >= total) frame.value = Math.max(0, total - 1);
  }, [total]);
  useEffect(() => {
    let last = performance.now();
    let owed = 0;
    let handle = 0;
    const tick = (now: number) => {
      handle = requestAnimationFrame(tick);
      const running = speed.peek();
      if (running) {
        owed += ((now - last) * rate.num * running) / rate.den / 1000;
        const whole = Math.trunc(owed);
        owed -= whole;
        if (whole) advance(whole);
      } else owed = 0;
      last = now;
    };
    const advance = (by: number) => {
      const next = frame.peek() + by;
      if (next < 0) speed.value = 0;
      frame.value = length.current ? Math.max(0, next) % length.current : 0;
    };
    handle = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(handle);
  }, [rate]);
  const seek = (to: number) => {
    speed.value = 0;
    frame.value = Math.min(Math.max(0, Math.round(to)), Math.max(0, length.current - 1));
  };
  return {
    frame,
    speed,
    seek,
    toggle: () => speed.value = speed.value ? 0 : 1,
    pause: () => speed.value = 0,
    shuttle(way) {
      const now = speed.value;
      speed.value = Math.sign(now) === way ? way * Math.min(FASTEST, Math.abs(now) * 2) : way;
    },
    step: (by) => seek(by === -Infinity ? 0 : by === Infinity ? length.current : frame.value + by),
  };
}
