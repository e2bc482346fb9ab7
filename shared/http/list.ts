import { z } from "zod";

/** A page of a list: `next` is the opaque cursor of the following page, absent on the last. */
export function page<T extends z.ZodType>(of: T) {
  return z.object({ items: z.array(of), next: z.string().optional() });
}

export const PageQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
