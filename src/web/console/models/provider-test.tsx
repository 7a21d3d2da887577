import { type FormEvent, useState } from 'react';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import type { ProvidersQuery } from './models.generated.ts';
import { sendTestRequest, type TestResult } from './send-test-request.ts';
import { ModelField } from './target-fields.tsx';
import { TestResultPanel } from './test-result.tsx';

const maxTokens = 16;

interface ProviderTestProps {
  readonly provider: ProvidersQuery['providers'][number];
  readonly onClose: () => void;
}

/** Sends one minimal request to a provider. */
export function ProviderTest({ provider, onClose }: ProviderTestProps) {
  const { apiKey } = useSession();
  const { id, name, enabled, defaultModel } = provider;
  const [model, setModel] = useState(defaultModel ?? '');
  const [isBusy, setIsBusy] = useState(false);
  const [result, setResult] = useState<TestResult>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setResult(undefined);
    const request = { model: `${id}/${model.trim() || 'any'}`, message: 'Say ok.', maxTokens };
    setResult(await sendTestRequest(apiKey, request));
    setIsBusy(false);
  };
  return (
    <Dialog title={`Test ${name}`} isOpen onClose={onClose}>
      <p>
        {enabled
          ? `Sends one request with your API key. It costs a few tokens: the reply has at most ${maxTokens}.`
          : 'This provider is not configured: the gateway answers which variable to set, and sends nothing.'}
      </p>
      <form className="form" onSubmit={send}>
        {enabled && <ModelField value={model} provider={provider} onChange={setModel} />}
        <div className="actions">
          <Button type="submit" variant="primary" isBusy={isBusy}>
            Send request
          </Button>
        </div>
      </form>
      {result && <TestResultPanel key={result.requestId} result={result} />}
    </Dialog>
  );
}
