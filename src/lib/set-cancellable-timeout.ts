/** Runs `work` once after `ms` milliseconds. The returned function cancels it. */
export function setCancellableTimeout(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}
