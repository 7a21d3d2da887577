import { useSyncExternalStore } from 'react';

/** Returns whether the visitor can see the page: its tab is open, and its window is not minimised. */
export function useIsDocumentVisible(): boolean {
  return useSyncExternalStore(subscribe, () => document.visibilityState === 'visible');
}

function subscribe(onChange: () => void): () => void {
  document.addEventListener('visibilitychange', onChange);
  return () => document.removeEventListener('visibilitychange', onChange);
}
