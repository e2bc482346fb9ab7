// d3-transition as far as d3-zoom and React Flow use it: one tween over time on an element, with what it starts, ends and interrupts.
// The whole of it animates attributes, styles, colours and texts, of which nothing here makes use, and is 10 kB on the wire.
import { selection } from "d3-selection";

/** What runs on an element, or is about to. */
const running = new WeakMap();

export function interrupt(element) {
  running.get(element)?.("interrupt");
}

class Transition {
  constructor(chosen) {
    this.chosen = chosen;
    this.ms = 250;
    this.heard = {};
    this.tweens = [];
    const transition = this;
    chosen.each(function (...args) {
      run(transition, this, args);
    });
  }
  selection() {
    return this.chosen;
  }
  duration(ms) {
    this.ms = ms;
    return this;
  }
  on(names, heard) {
    for (const name of names.split(" ")) this.heard[name.split(".")[0]] = heard;
    return this;
  }
  tween(_name, make) {
    this.tweens.push(make);
    return this;
  }
  call(run, ...args) {
    run(this, ...args);
    return this;
  }
}

/** From the next frame on, when all has been said that the transition is to do. */
function run(transition, element, args) {
  const tell = (name) => transition.heard[name]?.apply(element, args);
  let frame, from, steps;
  const end = (name) => {
    cancelAnimationFrame(frame);
    if (running.get(element) === end) running.delete(element);
    // What has not begun has nothing to end.
    if (steps) tell(name);
  };
  const step = (now) => {
    if (!steps) {
      from = now;
      steps = [];
      tell("start");
      steps = transition.tweens.map((make) => make.apply(element, args));
    }
    const part = transition.ms > 0 ? Math.min(1, (now - from) / transition.ms) : 1;
    for (const each of steps) each.call(element, eased(part));
    if (part < 1) frame = requestAnimationFrame(step);
    else end("end");
  };
  interrupt(element);
  running.set(element, end);
  frame = requestAnimationFrame(step);
}

/** Slow, quick, slow: cubic. */
function eased(part) {
  return part < 0.5 ? 4 * part ** 3 : 1 - (2 - 2 * part) ** 3 / 2;
}

selection.prototype.interrupt = function () {
  return this.each(function () {
    interrupt(this);
  });
};
selection.prototype.transition = function () {
  return new Transition(this);
};
