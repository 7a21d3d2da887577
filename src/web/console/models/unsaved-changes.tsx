import { useLayoutEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { setHistoryGuard } from '../app/history-guard.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';

/** Where the visitor wants to go: to a link of the console, or through the browser's history. */
type Destination = { readonly href: string } | 'history';

/** While mounted it asks before the visitor leaves: inside the console by a dialog, else by the browser's question. */
export function UnsavedChanges() {
  const [destination, setDestination] = useState<Destination>();
  const [, navigate] = useLocation();
  const isLeaving = useRef(false);
  // An effect would run after the next paint, and a Back can come before that.
  useLayoutEffect(() => {
    const { href, pathname, search } = location;
    const { state } = history;
    const onBeforeUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const onClick = (event: MouseEvent) => {
      const target = findLinkTarget(event);
      if (target === undefined) return;
      // The link itself sees that it is not to be followed.
      event.preventDefault();
      setDestination({ href: target });
    };
    // No event comes before Back: the page is added again behind the one that Back has led to, and the router does not see that one.
    const onPopState = (event: PopStateEvent) => {
      const isSamePage = location.pathname === pathname && location.search === search;
      if (isSamePage || isLeaving.current) {
        isLeaving.current = false;
        return;
      }
      event.stopImmediatePropagation();
      history.pushState(state, '', href);
      setDestination('history');
    };
    addEventListener('beforeunload', onBeforeUnload);
    setHistoryGuard(onPopState);
    document.addEventListener('click', onClick, { capture: true });
    return () => {
      removeEventListener('beforeunload', onBeforeUnload);
      setHistoryGuard(undefined);
      document.removeEventListener('click', onClick, { capture: true });
    };
  }, []);
  const leave = () => {
    setDestination(undefined);
    if (destination === 'history') {
      isLeaving.current = true;
      history.back();
    } else if (destination) {
      navigate(`~${destination.href}`);
    }
  };
  return (
    <ConfirmDialog
      title="Leave without saving?"
      action="Leave"
      isOpen={destination !== undefined}
      onConfirm={leave}
      onClose={() => setDestination(undefined)}
    >
      <p>What you have changed here is lost.</p>
    </ConfirmDialog>
  );
}

/** Returns where a click on a link leads to, if it leads to another page in this tab. */
function findLinkTarget({ target, button, ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): string | undefined {
  if (button !== 0 || ctrlKey || metaKey || shiftKey || altKey || !(target instanceof Element)) return undefined;
  const link = target.closest('a');
  if (!link || link.origin !== location.origin || link.target === '_blank') return undefined;
  const isSamePage = link.pathname === location.pathname && link.search === location.search;
  return isSamePage ? undefined : link.pathname + link.search;
}
