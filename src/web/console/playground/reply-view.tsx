import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { CappedText } from './capped-text.tsx';
import { ReplyFigures } from './reply-figures.tsx';
import type { Reply, ReplyError, ReplyToolCall } from './streamed-reply.ts';

/** The reply of a model, as far as it has come. */
export function ReplyView({ reply }: { readonly reply: Reply }) {
  const { status, text, reasoning, toolCalls, error, headers } = reply;
  const isGrowing = status === 'streaming';
  return (
    <div className="stack reply">
      {reasoning !== '' && (
        <details>
          <summary>Reasoning</summary>
          <CappedText text={reasoning} isGrowing={isGrowing} />
        </details>
      )}
      {text !== '' && <CappedText text={text} isGrowing={isGrowing} />}
      {toolCalls.map((call) => (
        <ToolCallView key={call.id} call={call} />
      ))}
      {isGrowing && (
        <p className="muted" role="status">
          Receiving…
        </p>
      )}
      {status === 'stopped' && (
        <p>
          <Badge tone="warning">Stopped</Badge> What had arrived until then is kept.
        </p>
      )}
      {error && <ErrorView error={error} requestId={headers?.requestId} />}
      {text !== '' && !isGrowing && (
        <div className="actions">
          <CopyButton text={text} label="Copy reply" />
        </div>
      )}
      {!isGrowing && status !== 'loaded' && <ReplyFigures reply={reply} />}
    </div>
  );
}

function ToolCallView({ call: { name, argumentsText } }: { readonly call: ReplyToolCall }) {
  return (
    <section className="stack" aria-label={`Tool call ${name}`}>
      <p>
        Tool call <code>{name}</code>
      </p>
      <CappedText text={argumentsText} />
    </section>
  );
}

interface ErrorViewProps {
  readonly error: ReplyError;
  readonly requestId: string | undefined;
}

function ErrorView({ error: { status, code, message, param }, requestId }: ErrorViewProps) {
  return (
    <p className="problem" role="alert">
      {[status, code].filter(Boolean).join(' ')}
      {(status ?? code) !== undefined && ': '}
      {message}
      {param !== undefined && ` (${param})`}
      {requestId !== undefined && (
        <>
          {' '}
          · request <span className="mono">{requestId}</span>
        </>
      )}
    </p>
  );
}
