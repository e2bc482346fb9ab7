import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";

export interface LeaseGrant {
  tenantId: string;
  projectId: string;
  jobId: string;
  leaseToken: number;
}

const PREFIX = "gms_lease_";
const Payload = z.tuple([Id, Id, Id, z.int().min(1)]);

/** `gms_lease_<payload>.<mac>`: needs no row, and is worth nothing once the job is granted again. */
export async function signLease(key: CryptoKey, grant: LeaseGrant): Promise<string> {
  const payload = JSON.stringify([grant.tenantId, grant.projectId, grant.jobId, grant.leaseToken]);
  const text = PREFIX + encodeBase64Url(new TextEncoder().encode(payload));
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
  return `${text}.${encodeBase64Url(new Uint8Array(mac))}`;
}

export function isLeaseToken(secret: string): boolean {
  return secret.startsWith(PREFIX);
}

/** The grant a lease token names, or null when this studio did not sign it. */
export async function verifyLease(key: CryptoKey, secret: string): Promise<LeaseGrant | null> {
  const dot = secret.indexOf(".");
  const mac = dot < 0 ? null : decodeBase64Url(secret.slice(dot + 1));
  const payload = dot < 0 ? null : decodeBase64Url(secret.slice(PREFIX.length, dot));
  if (!mac || !payload) return null;
  // The prefix is signed too: the same key signs other things, and none of them reads as a lease.
  const text = new TextEncoder().encode(secret.slice(0, dot));
  if (!await crypto.subtle.verify("HMAC", key, mac, text)) return null;
  const [tenantId, projectId, jobId, leaseToken] = Payload.parse(
    JSON.parse(new TextDecoder().decode(payload)),
  );
  return { tenantId, projectId, jobId, leaseToken };
}
