import { Link } from 'wouter';
import { useSession } from '../app/session.tsx';
import { formatCount, formatDollars, formatMs, unknownValue } from '../ui/format.ts';
import { PropertyList } from '../ui/property-list.tsx';
import type { Reply } from './streamed-reply.ts';
import { useRequestCost } from './use-request-cost.ts';

/** What a reply has taken: tokens, cost, time and attempts, and where the request log has it. */
export function ReplyFigures({ reply }: { readonly reply: Reply }) {
  const { can } = useSession();
  const { usage, headers, firstByteMs, totalMs, finishReason } = reply;
  const requestId = headers?.requestId;
  return (
    <PropertyList
      properties={[
        { label: 'Tokens in', value: formatTokens(usage?.tokensIn, usage?.cachedTokens, 'cached') },
        { label: 'Tokens out', value: formatTokens(usage?.tokensOut, usage?.reasoningTokens, 'reasoning') },
        { label: 'Cost', value: can('read') ? <Cost requestId={requestId} /> : 'needs a key with the scope read' },
        { label: 'First byte', value: formatMs(firstByteMs) },
        { label: 'Total', value: formatMs(totalMs) },
        { label: 'Finish reason', value: finishReason ?? unknownValue },
        {
          label: 'Answered by',
          value: [headers?.provider, headers?.model].filter(Boolean).join(' / ') || unknownValue,
        },
        { label: 'Attempts', value: headers?.attempts ?? unknownValue },
        ...listOptional('Route', headers?.route),
        ...listOptional('Cache', headers?.cache),
        ...listOptional('Left out', headers?.dropped),
        ...listOptional('Adjusted', headers?.adjusted),
        ...(requestId === undefined ? [] : [{ label: 'Request', value: <RequestId id={requestId} /> }]),
      ]}
    />
  );
}

function listOptional(label: string, value: string | undefined) {
  return value === undefined ? [] : [{ label, value }];
}

function formatTokens(count: number | undefined, part: number | undefined, partName: string): string {
  return part ? `${formatCount(count)} (${formatCount(part)} ${partName})` : formatCount(count);
}

function Cost({ requestId }: { readonly requestId: string | undefined }) {
  const request = useRequestCost(requestId);
  if (requestId === undefined || request === null) return unknownValue;
  if (request === undefined) return '…';
  const { cost, savedCost } = request;
  return savedCost ? `${formatDollars(cost)} (${formatDollars(savedCost)} saved)` : formatDollars(cost);
}

function RequestId({ id }: { readonly id: string }) {
  const { can } = useSession();
  if (!can('read')) return <span className="mono">{id}</span>;
  return (
    <Link href={`~/console/requests/${encodeURIComponent(id)}`} className="mono">
      {id}
    </Link>
  );
}
