import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { noProblems, parseFieldProblems } from '../app/parse-field-problems.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { showToast } from '../ui/toast.tsx';
import { SetPriceDocument } from './models.generated.ts';
import { encodePriceDraft, type PriceDraft, priceFields, pricePaths } from './price-draft.ts';
import { ModelField, ProviderSelect, type Providers } from './target-fields.tsx';

interface PriceFormProps {
  readonly initialDraft: PriceDraft;
  readonly providers: Providers;
  readonly onSave: () => void;
  readonly onClose: () => void;
}

/** The form of the prices of one model. */
export function PriceForm({ initialDraft, providers, onSave, onClose }: PriceFormProps) {
  const [draft, setDraft] = useState(initialDraft);
  const [problems, setProblems] = useState(noProblems);
  const [{ fetching }, setPrice] = useMutation(SetPriceDocument);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const { data, error } = await setPrice({ input: encodePriceDraft(draft) });
    if (error) return setProblems(parseFieldProblems(describeError(error), pricePaths));
    if (!data) return undefined;
    showToast(`The price of ${data.setPrice.provider}/${data.setPrice.model} is set`);
    onSave();
    return onClose();
  };
  const field = (name: keyof PriceDraft) => ({
    value: draft[name],
    problem: problems.fields.get(name),
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  return (
    <Dialog title="Set price" isOpen onClose={onClose}>
      <p className="muted">
        Dollars per million tokens as decimal texts such as 0.15. They count for requests from now on, in place of the
        price list.
      </p>
      <form className="form" onSubmit={save} noValidate>
        <div className="form-row">
          <ProviderSelect providers={providers} {...field('provider')} />
          <ModelField provider={providers.find(({ id }) => id === draft.provider)} {...field('model')} />
        </div>
        <div className="form-row">
          {priceFields.map(({ name, label, fallback }) => (
            <TextField
              key={name}
              label={label}
              hint={fallback && `Empty: ${fallback}`}
              inputMode="decimal"
              autoComplete="off"
              {...field(name)}
            />
          ))}
        </div>
        {problems.rest !== undefined && (
          <p className="problem" role="alert">
            {problems.rest}
          </p>
        )}
        <div className="actions">
          <Button type="submit" variant="primary" isBusy={fetching}>
            Save price
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
