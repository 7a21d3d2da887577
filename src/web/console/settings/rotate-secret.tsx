import { useState } from 'react';
import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField } from '../ui/field.tsx';
import { formatTime } from '../ui/format.ts';
import { showToast } from '../ui/toast.tsx';
import { RotateWebhookSecretDocument, type RotateWebhookSecretMutation } from './webhook-settings.generated.ts';

type Secret = RotateWebhookSecretMutation['rotateWebhookSecret'];

const overlaps = [
  { seconds: 0, label: 'end at once' },
  { seconds: 3_600, label: 'sign for 1 more hour' },
  { seconds: 86_400, label: 'sign for 24 more hours' },
  { seconds: 604_800, label: 'sign for 7 more days' },
];
const defaultOverlapSeconds = 86_400;

/** Makes a new secret, which is shown once: it is in no state beyond the dialog. */
export function RotateSecret() {
  const { can } = useSession();
  const [overlapSeconds, setOverlapSeconds] = useState(defaultOverlapSeconds);
  const [isAsking, setIsAsking] = useState(false);
  const [secret, setSecret] = useState<Secret>();
  const [{ fetching }, rotate] = useMutation(RotateWebhookSecretDocument);
  if (!can('jobs')) return <p className="muted">A key with the scope jobs can replace the secret.</p>;

  const rotateSecret = async () => {
    const { data, error } = await rotate({ overlapSeconds });
    setIsAsking(false);
    if (data) setSecret(data.rotateWebhookSecret);
    else showToast('The secret was not replaced', error && describeError(error));
  };
  return (
    <div className="form panel">
      <SelectField
        label="Older secrets"
        hint="While they sign too, receivers can change over without missing a delivery."
        value={String(overlapSeconds)}
        onChange={(value) => setOverlapSeconds(Number(value))}
      >
        {overlaps.map(({ seconds, label }) => (
          <option key={seconds} value={seconds}>
            {label}
          </option>
        ))}
      </SelectField>
      <div className="actions">
        <Button onClick={() => setIsAsking(true)}>Rotate secret</Button>
      </div>
      <ConfirmDialog
        title="Replace the secret?"
        action="Rotate secret"
        isOpen={isAsking}
        isBusy={fetching}
        onConfirm={rotateSecret}
        onClose={() => setIsAsking(false)}
      >
        <p>
          {overlapSeconds === 0
            ? endAtOnce
            : 'The new secret is shown once. Receivers need it before the older ones end.'}
        </p>
      </ConfirmDialog>
      <Dialog title="New webhook secret" isOpen={secret !== undefined} onClose={() => setSecret(undefined)}>
        {secret && <SecretText secret={secret} />}
      </Dialog>
    </div>
  );
}

const endAtOnce = 'Receivers reject deliveries until they have the new secret, which is shown once.';

function SecretText({ secret: { secret, oldSecretsEndAt } }: { readonly secret: Secret }) {
  return (
    <>
      <p>Copy it now: it is not shown again.</p>
      <pre>{secret}</pre>
      <div className="actions">
        <CopyButton text={secret} label="Copy secret" />
      </div>
      <p className="muted">
        {oldSecretsEndAt === null
          ? 'No older secret signs beside it.'
          : `Older secrets sign beside it until ${formatTime(oldSecretsEndAt)}.`}
      </p>
    </>
  );
}
