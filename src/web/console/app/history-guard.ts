type Guard = (event: PopStateEvent) => void;

let guard: Guard | undefined;

/** Has to be called before the router listens: a window calls its listeners in the order in which they were added. */
export function installHistoryGuard(): void {
  addEventListener('popstate', (event) => guard?.(event));
}

/** Sets what sees a step through the browser's history before the router does, and can stop the event. Undefined: nothing. */
export function setHistoryGuard(next: Guard | undefined): void {
  guard = next;
}
