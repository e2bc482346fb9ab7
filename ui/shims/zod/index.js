// zod as far as the schemas of shared/ use it. Taken whole, every locale and the JSON schema writer come along, more
// than half of the bundle: the bundler cannot look into a namespace that another module hands on. A test compares
// it with what the sources use (ui/build_test.ts).
import { config } from "../../../node_modules/zod/v4/core/index.js";
import en from "../../../node_modules/zod/v4/locales/en.js";
import { ZodError } from "../../../node_modules/zod/v4/classic/errors.js";
import { datetime } from "../../../node_modules/zod/v4/classic/iso.js";
import { number as coercedNumber } from "../../../node_modules/zod/v4/classic/coerce.js";
import {
  enum as enumOf,
  array,
  boolean,
  discriminatedUnion,
  int,
  literal,
  number,
  object,
  partialRecord,
  record,
  strictObject,
  string,
  tuple,
  union,
  unknown,
  url,
} from "../../../node_modules/zod/v4/classic/schemas.js";

config(en());

export const z = {
  array,
  boolean,
  coerce: { number: coercedNumber },
  discriminatedUnion,
  enum: enumOf,
  int,
  iso: { datetime },
  literal,
  number,
  object,
  partialRecord,
  record,
  strictObject,
  string,
  tuple,
  union,
  unknown,
  url,
  ZodError,
};
