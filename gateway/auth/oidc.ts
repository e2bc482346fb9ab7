import type { Configuration } from "openid-client";
import type { Config } from "../config.ts";
import { outside } from "../outside.ts";

/** Who somebody is, as the provider said it in a signed id token. */
export interface Claims {
  issuer: string;
  subject: string;
  name: string | null;
  email: string | null;
  emailVerified: boolean;
}

export interface Provider {
  name: string;
  /** Where to send the browser, and what to hold its return against. */
  begin(redirectUri: string): Promise<{ url: URL; secret: Record<string, string> }>;
  /** Who came back; throws what openid-client throws when anything is wrong about it. */
  finish(returned: URL, secret: Record<string, string>): Promise<Claims>;
}

/**
 * An OpenID Connect provider (OpenID Connect Core 1.0, authorization code flow with PKCE, state and nonce), discovered when it is
 * first needed; null where none is set up.
 */
export function createProvider({ oidc: settings }: Pick<Config, "oidc">): Provider | null {
  if (!settings) return null;
  const { issuer, clientId, clientSecret, name } = settings;
  let found: Promise<Configuration> | null = null;

  async function discover(): Promise<Configuration> {
    const oidc = await client();
    // Plain HTTP is for a provider on this machine; parseConfig lets nothing else through.
    const insecure = issuer.startsWith("http:") ? { execute: [oidc.allowInsecureRequests] } : {};
    found ??= oidc.discovery(new URL(issuer), clientId, clientSecret, undefined, insecure).catch((error) => {
      found = null;
      throw error;
    });
    return await found;
  }

  return {
    name,
    async begin(redirectUri) {
      const oidc = await client();
      const secret = {
        verifier: oidc.randomPKCECodeVerifier(),
        nonce: oidc.randomNonce(),
        state: oidc.randomState(),
      };
      const url = oidc.buildAuthorizationUrl(await discover(), {
        redirect_uri: redirectUri,
        scope: "openid email profile",
        code_challenge: await oidc.calculatePKCECodeChallenge(secret.verifier),
        code_challenge_method: "S256",
        nonce: secret.nonce,
        state: secret.state,
      });
      return { url, secret };
    },
    async finish(returned, { verifier, nonce, state }) {
      const oidc = await client();
      const configuration = await discover();
      const tokens = await oidc.authorizationCodeGrant(configuration, returned, {
        pkceCodeVerifier: verifier!,
        expectedNonce: nonce!,
        expectedState: state!,
        idTokenExpected: true,
      });
      const claims = tokens.claims()!;
      // Many providers put name and e-mail there only.
      const more = configuration.serverMetadata().userinfo_endpoint
        ? await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub)
        : {};
      const all = { ...more, ...claims } as Record<string, unknown>;
      return {
        issuer: claims.iss,
        subject: claims.sub,
        name: textOf(all.name) ?? textOf(all.preferred_username),
        email: textOf(all.email),
        emailVerified: all.email_verified === true,
      };
    },
  };
}

/** Loaded when somebody comes that way. */
function client() {
  return outside(() => import("openid-client"));
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() ? value.trim() : null;
}
