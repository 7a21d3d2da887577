import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount, formatDollars, formatMs, unknownValue } from '../ui/format.ts';
import { describePrice } from './attempt-prices.ts';
import { type AttemptSpan, toSpans } from './attempt-spans.ts';
import { RequestStatusBadge } from './request-status-badge.tsx';
import type { LoggedRequestFragment } from './requests.generated.ts';
import { useAttemptPrices } from './use-attempt-prices.ts';

type Attempt = LoggedRequestFragment['attempts'][number];

/** The attempts at providers: when each ran, and what became of it. */
export function AttemptList({ request: { attempts, createdAt } }: { readonly request: LoggedRequestFragment }) {
  const prices = useAttemptPrices(attempts);
  return (
    <section className="stack">
      <h2>Attempts</h2>
      {attempts.length === 0 ? (
        <p className="muted">No provider received the request.</p>
      ) : (
        <>
          <Timeline attempts={attempts} spans={toSpans(attempts, createdAt)} />
          <DataTable
            caption="Attempts"
            rows={attempts}
            rowKey={({ number }) => String(number)}
            columns={[...columns, { id: 'price', header: 'Price', cell: (attempt) => describePrice(attempt, prices) }]}
          />
        </>
      )}
    </section>
  );
}

interface TimelineProps {
  readonly attempts: readonly Attempt[];
  readonly spans: readonly AttemptSpan[];
}

/** Each attempt as a bar from its start to its end, whose darker part begins with the first byte. */
function Timeline({ attempts, spans }: TimelineProps) {
  const endMs = Math.max(1, ...spans.map((span) => span.endMs));
  const toPercent = (ms: number) => `${(100 * ms) / endMs}%`;
  return (
    <ol className="timeline panel" aria-label="Timeline of the attempts">
      {attempts.map(({ number, provider, model, status }, index) => {
        const span = spans[index];
        if (!span) return null;
        const { startMs, firstByteMs } = span;
        return (
          <li key={number}>
            <span>
              {provider}/{model}: {formatMs(startMs)} to {formatMs(span.endMs)}
            </span>
            <span className="track" aria-hidden="true">
              <span
                className={`bar ${status === 'COMPLETED' ? 'good' : 'bad'}`}
                style={{ left: toPercent(startMs), width: toPercent(span.endMs - startMs) }}
              />
              {firstByteMs !== null && <span className="first-byte" style={{ left: toPercent(firstByteMs) }} />}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

const columns: readonly Column<Attempt>[] = [
  { id: 'number', header: 'No.', isNumber: true, cell: ({ number }) => number },
  { id: 'provider', header: 'Provider', cell: ({ provider }) => provider },
  { id: 'model', header: 'Model', cell: ({ model }) => model },
  { id: 'reported', header: 'Reported model', cell: ({ reportedModel }) => reportedModel ?? unknownValue },
  { id: 'status', header: 'Status', cell: ({ status }) => <RequestStatusBadge status={status} /> },
  { id: 'error', header: 'Error', cell: ({ errorCode }) => errorCode ?? '' },
  { id: 'finish', header: 'Finish reason', cell: ({ finishReason }) => finishReason ?? unknownValue },
  { id: 'firstByte', header: 'First byte', isNumber: true, cell: ({ firstByteMs }) => formatMs(firstByteMs) },
  { id: 'total', header: 'End', isNumber: true, cell: ({ totalMs }) => formatMs(totalMs) },
  { id: 'tokensIn', header: 'Tokens in', isNumber: true, cell: ({ tokensIn }) => formatCount(tokensIn) },
  { id: 'tokensOut', header: 'Tokens out', isNumber: true, cell: ({ tokensOut }) => formatCount(tokensOut) },
  { id: 'cost', header: 'Cost', isNumber: true, cell: ({ cost }) => formatDollars(cost) },
];
