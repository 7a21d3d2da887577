const intervalMs = 10_000;
const timeoutMs = 60_000;

/**
 * Runs the Worker's cron triggers at once and then every 10 s, never two runs at a time: wrangler's local runtime does
 * not run them by itself. The Worker logs the errors of a run.
 */
export function startCron(workerUrl: string): { readonly stop: () => void } {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const runTriggers = async () => {
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await fetch(`${workerUrl}/cdn-cgi/handler/scheduled`, { signal });
      await response.body?.cancel();
    } catch {
      // The Worker is being reloaded, or stopped.
    }
    if (!abort.signal.aborted) timer = setTimeout(runTriggers, intervalMs);
  };
  void runTriggers();
  return {
    stop() {
      abort.abort();
      clearTimeout(timer);
    },
  };
}
