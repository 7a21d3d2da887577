/** Does `work` once after `ms` milliseconds, unless the returned function is called before. */
export function setCancellableTimeout(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}
