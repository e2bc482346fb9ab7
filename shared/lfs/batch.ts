import { z } from "zod";

/** Git LFS batch API (git-lfs docs/api/batch.md). Sizes and oids are checked per object, not for the whole. */
export const BatchRequest = z.object({
  operation: z.enum(["upload", "download"]),
  transfers: z.array(z.string()).optional(),
  ref: z.object({ name: z.string().optional() }).nullish(),
  hash_algo: z.string().optional(),
  objects: z.array(z.object({ oid: z.string(), size: z.number() })).max(1000),
});
export type BatchRequest = z.infer<typeof BatchRequest>;

export const BatchAction = z.object({
  href: z.string(),
  header: z.record(z.string(), z.string()).optional(),
  expires_in: z.number().optional(),
});
export type BatchAction = z.infer<typeof BatchAction>;

export const BatchObject = z.object({
  oid: z.string(),
  size: z.number(),
  authenticated: z.boolean().optional(),
  actions: z.object({
    upload: BatchAction.optional(),
    verify: BatchAction.optional(),
    download: BatchAction.optional(),
    /** Of agents alone: in parts (multipart.ts). */
    multipart: BatchAction.optional(),
  }).optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});
export type BatchObject = z.infer<typeof BatchObject>;

export const BatchResponse = z.object({
  transfer: z.enum(["basic", "studio-multipart"]).optional(),
  hash_algo: z.literal("sha256").optional(),
  objects: z.array(BatchObject),
});
export type BatchResponse = z.infer<typeof BatchResponse>;
