import { testMachine } from "./test_machine.ts";
import { type AgentState, announceChange } from "./state.ts";

/**
 * A machine that the gateway keeps from work after faults of its own, and that was started again: tests itself once and says what it
 * found. What it was is mended, or it stays in quarantine until a person lets it out.
 */
export async function proveItself(state: AgentState): Promise<void> {
  const { quarantine } = state.session;
  if (!quarantine) return;
  const { options } = state;
  options.reporter.say(`The studio keeps this machine in quarantine. ${quarantine.reason}`);
  if (!quarantine.test) return;
  options.reporter.say("Tests itself …");
  const { dataDir, minDiskMb } = options;
  const found = await testMachine(state.machine, {
    ...{ slots: quarantine.slots, dataDir, minDiskMb, signal: state.over.signal },
  });
  for (const { ok, sentence } of found.checks) {
    options.reporter.say(`  ${ok ? "well" : "not well"}: ${sentence}`);
  }
  state.selfTest = found;
  await state.openSession();
  state.selfTest = null;
  if (state.session.quarantine) {
    options.reporter.say("It stays in quarantine: mend what was found, then start the agent again.");
    return;
  }
  options.reporter.say("The self test passed: takes jobs again.");
  // The heartbeat that would say so comes later.
  state.held = null;
  announceChange(state);
}
