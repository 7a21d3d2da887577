import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { Link } from 'wouter';
import { describeError } from '../app/describe-error.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { formatCount } from '../ui/format.ts';
import { PropertyList } from '../ui/property-list.tsx';
import { ForgetEndUserDocument, type ForgetEndUserMutation } from './tenants.generated.ts';

interface EraseEndUserProps {
  readonly tenantId: string;
  /** The empty text: the visitor types it. */
  readonly endUser: string;
  readonly onErased: () => void;
  readonly onClose: () => void;
}

/** Erases an end user after its id was typed, and shows what was erased. */
export function EraseEndUser({ tenantId, endUser: initial, onErased, onClose }: EraseEndUserProps) {
  const [endUser, setEndUser] = useState(initial);
  const [typed, setTyped] = useState('');
  const [{ data, error, fetching }, forget] = useMutation(ForgetEndUserDocument);
  const isConfirmed = endUser !== '' && typed === endUser;
  const erase = async (event: FormEvent) => {
    event.preventDefault();
    if (!isConfirmed) return;
    const result = await forget({ tenantId, endUser });
    if (result.data) onErased();
  };
  return (
    <Dialog title="Erase an end user" isOpen onClose={onClose}>
      <form className="form" onSubmit={erase}>
        <p>
          The request log, the ledger and jobs name the end user no more, its kept bodies are deleted, and its sums are
          added to those of (erased). It cannot be undone. Inputs of jobs and stored Responses stay until their
          retention ends.
        </p>
        <TextField label="Id of the end user" value={endUser} autoComplete="off" onChange={setEndUser} />
        <TextField
          label="Type the id again"
          problem={error && describeError(error)}
          value={typed}
          autoComplete="off"
          onChange={setTyped}
        />
        {data && <ErasedCounts tenantId={tenantId} result={data.forgetEndUser} />}
        <div className="actions">
          <Button onClick={onClose}>{data ? 'Close' : 'Cancel'}</Button>
          <Button type="submit" variant="danger" disabled={!isConfirmed} isBusy={fetching}>
            {data ? 'Erase again' : 'Erase'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface ErasedCountsProps {
  readonly tenantId: string;
  readonly result: ForgetEndUserMutation['forgetEndUser'];
}

function ErasedCounts({ tenantId, result }: ErasedCountsProps) {
  const { requests, ledgerRows, jobs, bodies, days, pinnedKeyIds, isComplete } = result;
  return (
    <div className="stack">
      <p role="status">{isComplete ? 'The end user is erased.' : 'There is more to erase: erase again.'}</p>
      <PropertyList
        properties={[
          { label: 'Requests', value: formatCount(requests) },
          { label: 'Ledger entries', value: formatCount(ledgerRows) },
          { label: 'Jobs', value: formatCount(jobs) },
          { label: 'Kept bodies', value: formatCount(bodies) },
          { label: 'Days of sums', value: formatCount(days) },
        ]}
      />
      {pinnedKeyIds.length > 0 && (
        <p className="problem">
          These keys name the end user again with the next request, until they are changed:{' '}
          {pinnedKeyIds.map((id) => (
            <Link key={id} href={`/${tenantId}/keys/${id}`} className="mono">
              {id}
            </Link>
          ))}
        </p>
      )}
    </div>
  );
}
