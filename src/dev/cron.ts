const everyMs = 10_000;
const timeoutMs = 60_000;

/**
 * Fires the Worker's cron triggers at once and then every 10 s, never twice at a time: wrangler's local runtime leaves
 * them to be fired by hand. What goes wrong in a run, the Worker logs.
 */
export function startCron(workerUrl: string): { readonly stop: () => void } {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const fire = async () => {
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await fetch(`${workerUrl}/cdn-cgi/handler/scheduled`, { signal });
      await response.body?.cancel();
    } catch {
      // The Worker is being reloaded, or stopped.
    }
    if (!stopped.signal.aborted) timer = setTimeout(fire, everyMs);
  };
  void fire();
  return {
    stop() {
      stopped.abort();
      clearTimeout(timer);
    },
  };
}
