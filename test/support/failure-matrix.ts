import { type ErrorCode, errorTable } from '../../src/domain/errors.ts';

export const surfaces = ['chat', 'responses', 'messages', 'gemini', 'native'] as const;
export type Surface = (typeof surfaces)[number];
export type Form = 'json' | 'stream' | 'job';

/** The models of the two targets, by the words that their providers reply with. */
export const targets = {
  openai: { model: 'gpt-4o-mini', word: 'Привет', costNanoUsd: 7_050n, prices: [150n, 600n] },
  claude: { model: 'claude/claude-haiku-4-5', word: 'Bonjour', costNanoUsd: 68_000n, prices: [1_000n, 5_000n] },
} as const;
export type TargetName = keyof typeof targets;

export type Cost = 'nothing' | 'unknown' | 'what was counted';

/** One way in which the target that is tried first fails, and what follows from it. */
export interface Failure {
  readonly name: string;
  /** What the server that plays the providers does. `refused`: nothing listens at the provider's address. */
  readonly scenario: string;
  /** What of whole replies and streams can fail so; both, where it is absent. */
  readonly form?: 'json' | 'stream';
  /** Whether the client has seen content of the reply. */
  readonly isAfterContent?: true;
  /** What the gateway does where another target is left. */
  readonly outcome: 'next target' | 'error' | 'reply';
  /** Of the failed attempt, in the ledger. Null: it is completed. */
  readonly code: ErrorCode | null;
  /** What the failed attempt costs. */
  readonly cost: Cost;
  /** The same for a stream, where it is another: a stream that has begun is billed with its prompt. */
  readonly streamCost?: Cost;
  /** The status of the provider's own error, which clients of its protocol see. */
  readonly passedStatus?: number;
  /** Whether a stream has begun by then: with no other target left, the client sees its status 200, and then the error. */
  readonly hasBegun?: true;
  /** Whether it is a reply where no other target is left. */
  readonly isReplyAtLast?: true;
  /** Takes as long as the time-outs of the gateway. */
  readonly isSilent?: true;
}

const next = { outcome: 'next target', code: 'provider_error', cost: 'nothing' } as const;
const afterContent = {
  form: 'stream',
  isAfterContent: true,
  outcome: 'error',
  code: 'provider_error',
  cost: 'what was counted',
} as const;
const begun = { streamCost: 'what was counted', hasBegun: true } as const;
const silent = { ...next, code: 'provider_timeout', cost: 'unknown', isSilent: true } as const;

export const failures: readonly Failure[] = [
  { ...silent, name: 'silence before the headers', scenario: 'silence' },
  { ...silent, name: 'silence after the headers', scenario: 'silence-after-headers', ...begun },
  { ...next, name: 'connection refused', scenario: 'refused' },
  { ...next, name: 'connection reset before the headers', scenario: 'reset' },
  { ...next, name: 'connection reset after the headers', scenario: 'headers-then-reset', cost: 'unknown', ...begun },
  {
    ...next,
    name: 'status 408',
    scenario: 'status code=408',
    code: 'provider_timeout',
    cost: 'unknown',
    passedStatus: 408,
  },
  { ...next, name: 'status 429', scenario: 'status code=429', code: 'rate_limited', passedStatus: 429 },
  {
    ...next,
    name: 'status 429 with `Retry-After`',
    scenario: 'status code=429 retryAfter=7',
    code: 'rate_limited',
    passedStatus: 429,
  },
  { ...next, name: 'status 500', scenario: 'status code=500', passedStatus: 500 },
  { ...next, name: 'status 529', scenario: 'status code=529', passedStatus: 529 },
  { ...next, name: 'status 401', scenario: 'status code=401' },
  {
    ...next,
    name: 'a prompt longer than the context window',
    scenario: 'status code=400 kind=context_length_exceeded',
    code: 'invalid_request',
    passedStatus: 400,
  },
  { ...next, name: 'an error object in a 200', scenario: 'unstreamed,error-line', passedStatus: 500 },
  { ...next, name: 'an empty reply', scenario: 'empty', cost: 'what was counted', isReplyAtLast: true },
  { ...next, name: 'a whole reply, cut off', scenario: 'cut', form: 'json', cost: 'unknown' },
  {
    ...next,
    name: 'lifecycle events, then an error event',
    scenario: 'error-event after=0',
    form: 'stream',
    ...begun,
  },
  { ...next, name: 'lifecycle events, then cut off', scenario: 'cut after=0', form: 'stream', ...begun },
  {
    name: 'status 400',
    scenario: 'status code=400',
    outcome: 'error',
    code: 'invalid_request',
    cost: 'nothing',
    passedStatus: 400,
  },
  {
    name: 'a reply that the content filter has stopped',
    scenario: 'finish reason=content_filter',
    outcome: 'reply',
    code: null,
    cost: 'what was counted',
  },
  { ...afterContent, name: 'content, then cut off', scenario: 'cut after=2' },
  { ...afterContent, name: 'content, then cut off in a character', scenario: 'unicode,cut mid=character after=1' },
  { ...afterContent, name: 'content, then an error event', scenario: 'error-event after=2' },
  {
    ...afterContent,
    name: 'content, then silence',
    scenario: 'silence after=2',
    code: 'provider_timeout',
    isSilent: true,
  },
];

/** One request of the matrix. */
export interface MatrixCase {
  readonly failure: Failure;
  readonly surface: Surface;
  readonly form: Form;
  readonly first: TargetName;
  /** Whether the other target answers. */
  readonly isOtherLeft: boolean;
}

/** A sample of what fails where the first target is Claude: what begins an attempt is the same for both. */
const reversed = new Set([
  'status 529',
  'an empty reply',
  'a whole reply, cut off',
  'status 400',
  'content, then an error event',
]);

/**
 * Returns all requests. Each failure has each surface, whole and as a stream, with another target left. Samples have the rest, for
 * their code does not know the surface: all targets fail for whole replies, and for what only streams do; Claude is first on the two
 * surfaces that one of the targets speaks; a job is a native one, or a response in the background.
 */
export function listCases(): MatrixCase[] {
  const cases = failures.flatMap((failure) => listFailureCases(failure));
  // Long ones first, so that they wait side by side with the others.
  return cases.sort((left, right) => Number(right.failure.isSilent ?? 0) - Number(left.failure.isSilent ?? 0));
}

function listFailureCases(failure: Failure): MatrixCase[] {
  const forms = failure.form ? [failure.form] : (['json', 'stream'] as const);
  const left = { failure, first: 'openai', isOtherLeft: true } as const;
  const cases: MatrixCase[] = surfaces.flatMap((surface) => forms.map((form) => ({ ...left, surface, form })));
  const isSampled = (form: Form) => forms.length === 1 || (form === 'json') !== (failure.isSilent ?? false);
  if (failure.outcome === 'next target') {
    const none = cases.filter(({ form }) => isSampled(form)).map((one) => ({ ...one, isOtherLeft: false }));
    cases.push(...none);
  }
  if (reversed.has(failure.name)) {
    for (const surface of ['chat', 'messages'] as const) {
      cases.push(...forms.map((form) => ({ ...left, surface, form, first: 'claude' as const })));
    }
  }
  if (failure.form !== 'json') {
    for (const surface of ['native', 'responses'] as const) cases.push({ ...left, surface, form: 'job' });
  }
  return cases;
}

/** Returns a case in words, for the title of its test. */
export function describeCase({ failure, surface, form, first, isOtherLeft }: MatrixCase): string {
  return `${surface}, ${form}: ${failure.name} of ${first}, ${isOtherLeft ? 'another target is left' : 'none is left'}`;
}

/** Returns the status that a client sees of a failure: the provider's own where the client speaks its protocol. */
export function getShownStatus({ code, passedStatus }: Failure, isPassed: boolean): number {
  if (code === null) return 200;
  return isPassed && passedStatus !== undefined ? passedStatus : errorTable[code].status;
}
