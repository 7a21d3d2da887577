/**
 * Replaces the types of `@whatwg-node/fetch`, which Yoga's types refer to: they declare browser globals in the Worker.
 * At run time the package exports the Worker's globals.
 */
export const Response: typeof globalThis.Response;
export function createFetch(options: object): typeof globalThis;
