import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A form or a text over the page. Escape and its button close it, a click beside it does not: what was typed would be lost. */
export function Dialog({ title, isOpen, onClose, children }: DialogProps) {
  return (
    <BaseDialog.Root open={isOpen} disablePointerDismissal onOpenChange={(open) => !open && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="backdrop" />
        <BaseDialog.Popup className="dialog panel stack">
          <div className="page-header">
            <BaseDialog.Title>{title}</BaseDialog.Title>
            <BaseDialog.Close className="button ghost small" aria-label="Close">
              ×
            </BaseDialog.Close>
          </div>
          {children}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
