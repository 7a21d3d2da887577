type Handlers = typeof import('./handlers.ts').handlers;

/** Kept once loaded, so that only an isolate's first event waits. */
let handlers: Handlers | undefined;

/** Everything is loaded with the first event: an isolate that starts ahead of its first request has to start at once. */
async function load(): Promise<Handlers> {
  handlers ??= (await import('./handlers.ts')).handlers;
  return handlers;
}

export default {
  fetch: (request, env, context) => {
    if (handlers) return handlers.fetch(request, env, context);
    // The runtime watches for a client that leaves only if a listener is added before the first await.
    request.signal.addEventListener('abort', () => undefined, { once: true });
    return load().then(({ fetch }) => fetch(request, env, context));
  },
  queue: async (batch, env, context) => (await load()).queue(batch, env, context),
  scheduled: async (controller, env) => (await load()).scheduled(controller, env),
} satisfies ExportedHandler<unknown>;
