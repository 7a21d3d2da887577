import { type FormEvent, useId, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { useSessionAccess } from './session.tsx';

/** The form in which a visitor pastes an API key. */
export function SignIn({ notice }: { readonly notice: string | undefined }) {
  const { signIn } = useSessionAccess();
  const [problem, setProblem] = useState(notice);
  const [isBusy, setIsBusy] = useState(false);
  const [apiKey, setApiKey] = useState('');
  const [isStored, setIsStored] = useState(false);
  const problemId = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    const failure = await signIn(apiKey.trim(), { isStored });
    // After success this form is gone.
    setIsBusy(false);
    setProblem(failure);
  };

  return (
    <main className="sign-in">
      <form className="panel stack" onSubmit={submit}>
        <h1>AI Aggregator</h1>
        <label className="field">
          <span>API key</span>
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            required
            placeholder="aia_…"
            value={apiKey}
            aria-describedby={problem === undefined ? undefined : problemId}
            onChange={(event) => setApiKey(event.target.value)}
          />
        </label>
        <label className="check">
          <input type="checkbox" checked={isStored} onChange={(event) => setIsStored(event.target.checked)} />
          Stay signed in until this tab is closed
        </label>
        {problem !== undefined && (
          <p className="problem" role="alert" id={problemId}>
            {problem}
          </p>
        )}
        <Button type="submit" variant="primary" isBusy={isBusy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
