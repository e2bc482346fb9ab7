import type { Studio } from "../studio.ts";
import { createProvider, type Provider } from "./oidc.ts";

const providers = new WeakMap<Studio, { provider: Provider | null }>();

/** The studio's provider; its discovery document is read once. */
export function providerOf(studio: Studio): Provider | null {
  let made = providers.get(studio);
  if (!made) providers.set(studio, made = { provider: createProvider(studio.config) });
  return made.provider;
}
