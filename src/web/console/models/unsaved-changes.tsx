import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';

/** While mounted it asks before the visitor leaves: on a link of the console by a dialog, else by the browser's question. */
export function UnsavedChanges() {
  const [href, setHref] = useState<string>();
  const [, navigate] = useLocation();
  useEffect(() => {
    const onBeforeUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const onClick = (event: MouseEvent) => {
      const target = findLinkTarget(event);
      if (target === undefined) return;
      // The link itself sees that it is not to be followed.
      event.preventDefault();
      setHref(target);
    };
    addEventListener('beforeunload', onBeforeUnload);
    document.addEventListener('click', onClick, { capture: true });
    return () => {
      removeEventListener('beforeunload', onBeforeUnload);
      document.removeEventListener('click', onClick, { capture: true });
    };
  }, []);
  return (
    <ConfirmDialog
      title="Leave without saving?"
      action="Leave"
      isOpen={href !== undefined}
      onConfirm={() => navigate(`~${href}`)}
      onClose={() => setHref(undefined)}
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
