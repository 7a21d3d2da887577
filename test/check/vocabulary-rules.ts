import { scanSource } from './scan-source.ts';

/** One use of a word that this project does not use. */
export interface WordUse {
  readonly word: string;
  readonly line: number;
}

interface ProseRule {
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** Words of comments, strings and Markdown, and parts of names. A string without a space is a column or a value of an API. */
const proseRules: Readonly<Record<string, ProseRule>> = {
  house: { pattern: /(?<!-)\bhouse\b(?!\.md)/giu, replacement: 'native, or the gateway' },
  whoever: { pattern: /\bwhoever\b/giu, replacement: 'a noun: the client, the reader' },
  whatever: { pattern: /\bwhatever\b/giu, replacement: 'any, or a noun' },
  nobody: { pattern: /\bnobodys?\b/giu, replacement: 'no + noun: no client, no request' },
  somebody: { pattern: /\bsomebody\b/giu, replacement: 'a noun: a client, another tenant' },
  anew: { pattern: /\banew\b/giu, replacement: 'again' },
  thereof: { pattern: /\bthereof\b/giu, replacement: 'of it' },
  'own words': {
    pattern: /\bown[\s*/]+words\b/giu,
    replacement: "the provider's error message, or the gateway's types",
  },
  sound: { pattern: /\bsound\b/giu, replacement: 'audio' },
  seal: { pattern: /\b(?:un)?seal(?:s|ed|ing)?\b/giu, replacement: 'signature (of reasoning), or encrypt (a key)' },
};

/** Beginnings of names. */
const nameFamilies: readonly (readonly [word: string, pattern: RegExp, replacement: string])[] = [
  ['most…', /^(?:most|longest|largest|deepest)(?:$|[A-Z])/, 'max…'],
  ['least…', /^(?:least|smallest|shortest|fewest)(?:$|[A-Z])/, 'min…'],
  ['note…', /^note[A-Z]/, 'set…, record… or on…'],
];

/** Whole names that say how a thing arrived, and not what it is. */
const participles = ['known', 'said', 'told', 'asked', 'brought', 'held', 'made', 'given', 'seen'];
const participleReplacement = 'a noun: cached, existing, reported, requested, created, input';

/** Names that were given up. The key is the whole name. */
const formerNames: Readonly<Record<string, string>> = {
  within: 'withTimeout',
  patient: 'withLagTolerantTimeout',
  untilSo: 'pollUntil',
  untilLeft: 'abortOnReturn',
  runAll: 'runTasks',
  sayMissing: 'requiredFieldMessage',
  withMembers: 'setJsonProperties',
  hasWord: 'jsonTextIncludes',
  joinBytes: 'concatBytes',
  ChatCall: 'ChatRequest',
  ReplyPart: 'ContentPart',
  Caller: 'Principal',
  SealedProviderKey: 'EncryptedProviderKey',
  Taking: 'AdmissionAttempt',
  taking: 'attempt',
  Draws: 'LeaseClient',
  Drawing: 'PendingAcquisition',
  draw: 'acquireLease',
  draws: 'leaseClient',
  drawing: 'acquisition',
  Limiter: 'LimitRule',
  TenantQuota: 'TenantLeases',
  SlotLease: 'ConcurrencyLease',
  Flusher: 'SettlementWorker',
  flusher: 'settlementWorker',
  checkRefusals: 'throwIfRecentlyDenied',
  putBack: 'release',
  BillWatch: 'ReconciliationMonitor',
  seenTwice: 'confirmedDifferences',
  MeteredReply: 'MeteredStream',
  PassedReply: 'PassthroughStream',
  pumpReply: 'rewriteStream',
  pipeReply: 'pipeStream',
  ProducedText: 'OutputAccumulator',
  WorstCase: 'MaxCost',
  worstCase: 'estimateMaxCost, or maxCost',
  sizeOf: 'estimateRequestSize',
  ClientGoneError: 'ClientDisconnectedError',
  abortRest: 'abortRemaining',
  clientMayLag: 'hasClientBackpressure',
  patience: 'slowClientFactor',
  passOn: 'passthrough',
  Forwarded: 'PassthroughRequest',
  hidesUsage: 'stripUsageChunk',
  onlyClaude: 'anthropicOnly',
  unread: 'passthroughField',
  speaker: 'participantName',
  BlockQueue: 'ContentBlockSequencer',
  ArgumentsEnd: 'JsonObjectScanner',
  KeptStream: 'ReplayableStream',
  askAgain: 'noCache',
  forGood: 'immutable',
  observe: 'requestContext, or requestLog',
  onceOrJob: 'idempotencyUnlessAsync',
  mayBecomeJob: 'idempotencyUnlessAsync',
  suspendedToo: 'allowSuspended',
  othersToo: 'allowUnprefixed',
  forEveryKey: 'anyKey',
  rowStands: 'markRowWritten',
  expectRow: 'reserveRow',
  bookAlone: 'recordUsageOnly',
  notBegun: 'deferred',
  uncounted: 'skipAttemptCount',
  announceEnd: 'enqueueJobWebhook',
  tellBudgets: 'sendBudgetAlerts',
  otherType: 'unknownVariant',
  hasOtherPrice: 'hasUnlistedPrice',
  tell: 'logStep',
  announceServices: 'writeServicesFile',
};

const exactNames: ReadonlySet<string> = new Set([...participles, ...Object.keys(formerNames)]);

const replacements = new Map<string, string>([
  ...Object.entries(proseRules).map(([word, { replacement }]): [string, string] => [word, replacement]),
  ...nameFamilies.map(([word, , replacement]): [string, string] => [word, replacement]),
  ...participles.map((participle): [string, string] => [participle, participleReplacement]),
  ...Object.entries(formerNames),
]);

/** Returns what to write instead of a word. */
export function replacementOf(word: string): string {
  return replacements.get(word) ?? 'another word';
}

/** Returns the uses in a file, in the order of their lines. Files that are not TypeScript are prose as a whole. */
export function findWordUses(path: string, content: string): WordUse[] {
  if (!/\.tsx?$/.test(path)) return findInProse(content, 1);
  return scanSource(content).flatMap(({ kind, text, line }) => {
    if (kind === 'name') return getWordsOfName(text.replace('#', '')).map((word) => ({ word, line }));
    if (kind === 'text' && !/\s/.test(text)) return [];
    return findInProse(text, line);
  });
}

function findInProse(text: string, firstLine: number): WordUse[] {
  const uses = Object.entries(proseRules).flatMap(([word, { pattern }]) =>
    Array.from(text.matchAll(pattern), ({ index }) => ({
      word,
      line: firstLine + text.slice(0, index).split('\n').length - 1,
    })),
  );
  return uses.sort((left, right) => left.line - right.line);
}

/** Most names occur often. */
const wordsOfNames = new Map<string, readonly string[]>();

function getWordsOfName(name: string): readonly string[] {
  const cached = wordsOfNames.get(name);
  if (cached) return cached;
  const words = findInName(name);
  wordsOfNames.set(name, words);
  return words;
}

function findInName(name: string): string[] {
  const exact = [name, name.charAt(0).toLowerCase() + name.slice(1)].filter((form) => exactNames.has(form)).slice(0, 1);
  const families = nameFamilies.filter(([, pattern]) => pattern.test(name)).map(([word]) => word);
  const parts = findInProse(name.replaceAll(/_|(?=[A-Z])/g, ' '), 1).map(({ word }) => word);
  return [...exact, ...families, ...parts];
}
