/** Of the agent program: on the fleet page, so that an old one is found. */
export const AGENT_VERSION = "0.1.0";
