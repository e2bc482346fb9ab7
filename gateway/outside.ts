import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Runs in the context that stood when the gateway started: nobody's request, no tenant (db/scope.ts), no trace.
 *
 * Deno (2.9.6) leaves the context in which `import()` was called behind when it comes back to its event loop: the next request begins
 * in it. So what is loaded when it is first needed is loaded outside, and a request begins outside, whoever loads what.
 */
export const outside: <T>(run: () => T) => T = AsyncLocalStorage.snapshot();
