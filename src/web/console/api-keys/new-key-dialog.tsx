import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import type { CreateApiKeyMutation } from './api-keys.generated.ts';
import { KeyWarnings } from './key-warnings.tsx';

/** A key with its text. */
export type CreatedKey = CreateApiKeyMutation['createApiKey'];

interface NewKeyDialogProps {
  readonly created: CreatedKey;
  readonly onClose: () => void;
}

/** Shows the text of a new key once. It asks before a key is lost that was not copied. */
export function NewKeyDialog({ created: { key, apiKey }, onClose }: NewKeyDialogProps) {
  const [isCopied, setIsCopied] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const close = () => (isCopied ? onClose() : setIsAsking(true));
  return (
    <Dialog title="The new API key" isOpen onClose={close}>
      <p>
        The key <bdi>{apiKey.name}</bdi> works now. Copy it: it is shown this once, and cannot be shown again.
      </p>
      <pre className="secret" onCopy={() => setIsCopied(true)}>
        {key}
      </pre>
      <KeyWarnings warnings={apiKey.warnings} />
      <div className="actions">
        <CopyButton text={key} label="Copy key" onCopied={() => setIsCopied(true)} />
        <Button variant={isCopied ? 'primary' : 'plain'} onClick={close}>
          Done
        </Button>
      </div>
      <ConfirmDialog
        title="Close without a copy?"
        action="Close"
        isOpen={isAsking}
        onConfirm={onClose}
        onClose={() => setIsAsking(false)}
      >
        <p>
          The key was not copied. Once it is closed, its text is lost, and you have to rotate the key or create another.
        </p>
      </ConfirmDialog>
    </Dialog>
  );
}
