import { z } from "zod";

/** Apart from the manifest's schema: the canvas reads graphs before it knows any runner. */
export const RunnerId = z.string().regex(
  /^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/,
  "must be lower-case words and hyphens",
);
