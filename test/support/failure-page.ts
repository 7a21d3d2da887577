import { errorTable } from '../../src/domain/errors.ts';
import { type Failure, failures, getShownStatus } from './failure-matrix.ts';

/** Writes docs/reference/failures.md from the matrix that the tests play. */
export function writeFailurePage(): string {
  const rows = (chosen: readonly Failure[], write: (failure: Failure) => readonly string[]) =>
    chosen.map((failure) => `| ${[failure.name, ...write(failure)].join(' | ')} |`);
  const before = failures.filter(({ isAfterContent }) => !isAfterContent);
  const after = failures.filter(({ isAfterContent }) => isAfterContent);
  return `${[
    ...head,
    '## Before the first content',
    '',
    '| what the target does | with another target | with none left | same protocol | row in the ledger | cost of the attempt |',
    '|---|---|---|---|---|---|',
    ...rows(before, (failure) => [
      describeOutcome(failure),
      describeShown(failure, false),
      describeShown(failure, true),
      describeRow(failure),
      describeCost(failure),
    ]),
    '',
    ...legend,
    '',
    '## After the first content',
    '',
    'Only streams have that: of a whole reply the client has seen nothing. The status is 200, no other target is asked, and the stream',
    "ends in one error event of the client's protocol.",
    '',
    '| what the target does | error event | row in the ledger | cost of the attempt |',
    '|---|---|---|---|',
    ...rows(after, (failure) => [`\`${failure.code}\``, describeRow(failure), describeCost(failure)]),
    '',
    ...tail,
  ].join('\n')}\n`;
}

const head = [
  '# Failures',
  '',
  'What a client sees, and what the ledger has, when a target of a [route](../guides/routing.md) fails. `npm test` plays each row on',
  'every surface, as a whole reply and as a stream, and checks this page.',
  '',
];

const legend = [
  "**Same protocol** is the status of a client whose protocol the last target speaks: it gets the provider's own error. All others get",
  'the [error](errors.md) of the column before it, in the form of their protocol. "200, error event": the stream of the last target is not',
  'held back, so that it has begun. A prompt that is too long moves on only to targets with a larger context window.',
];

const tail = [
  '## Always',
  '',
  "- One reply is made of one target's content, and no other attempt is made after its first part was sent.",
  '- Each attempt is one row in the ledger, all with one request id. One of them has `is_last`. `x-gateway-attempts` is their number.',
  "- A stream ends in one terminal event: its protocol's end, or one error.",
  '- "What was counted" is the provider\'s count, else an estimate of the prompt and of the output that has arrived. An unknown cost is',
  '  `null`; against a budget it counts as the maximum until the request ends.',
  '- A job moves on as a stream does. One that fails with all targets, or after its first content, is tried again as a whole where the',
  '  error can pass: [Jobs](../guides/jobs.md).',
];

function describeOutcome({ outcome }: Failure): string {
  return outcome === 'next target' ? 'the next target answers' : outcome === 'reply' ? 'a reply' : 'as with none left';
}

function describeShown(failure: Failure, isPassed: boolean): string {
  const { code, form, hasBegun, isReplyAtLast } = failure;
  if (code === null || isReplyAtLast) return 'the reply';
  const shown = getShownStatus(failure, isPassed);
  const whole = isPassed ? String(shown) : `${errorTable[code].status} \`${code}\``;
  if (!hasBegun) return whole;
  return form === 'stream' ? '200, error event' : `${whole}; stream: 200, error event`;
}

function describeRow({ code }: Failure): string {
  return code === null ? '`completed`' : `\`failed\`, \`${code}\``;
}

function describeCost({ cost, streamCost, form }: Failure): string {
  const words = { nothing: '0', unknown: 'unknown', 'what was counted': 'what was counted' } as const;
  if (streamCost === undefined || form === 'json') return words[cost];
  return form === 'stream' ? words[streamCost] : `${words[cost]}; stream: ${words[streamCost]}`;
}
