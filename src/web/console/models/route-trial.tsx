import { type FormEvent, useState } from 'react';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { sendTestRequest, type TestResult } from './send-test-request.ts';
import { TestResultPanel } from './test-result.tsx';

const maxTokens = 64;

interface RouteTrialProps {
  readonly name: string;
  /** Called when a request has ended: targets may be cooling down from now on. */
  readonly onEnd: () => void;
}

/** Sends a small request through a route. */
export function RouteTrial({ name, onEnd }: RouteTrialProps) {
  const { apiKey, can } = useSession();
  const [message, setMessage] = useState('Say hello.');
  const [isBusy, setIsBusy] = useState(false);
  const [result, setResult] = useState<TestResult>();
  if (!can('chat')) return null;
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setResult(undefined);
    setResult(await sendTestRequest(apiKey, { model: name, message, maxTokens }));
    setIsBusy(false);
    onEnd();
  };
  return (
    <section className="stack panel">
      <h2>Try this route</h2>
      <form className="form" onSubmit={send}>
        <TextField
          label="Message"
          hint={`Sends it to ${name} with your API key. The reply has at most ${maxTokens} tokens and is charged as any other.`}
          required
          value={message}
          onChange={setMessage}
        />
        <div>
          <Button type="submit" variant="primary" isBusy={isBusy}>
            Try it
          </Button>
        </div>
      </form>
      {result && <TestResultPanel key={result.requestId} result={result} />}
    </section>
  );
}
