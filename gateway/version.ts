/** Of the gateway program: on the operations page, so that an old one among several is found. */
export const GATEWAY_VERSION = "0.1.0";
