/**
 * Stands in for the types of `@whatwg-node/fetch`, which Yoga's refer to: those declare a browser around the Worker. At run
 * time the package gives what is global anyway.
 */
export const Response: typeof globalThis.Response;
export function createFetch(options: object): typeof globalThis;
