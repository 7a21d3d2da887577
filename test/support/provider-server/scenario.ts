const names = [
  'recording',
  'paced',
  'bytes',
  'crlf',
  'unicode',
  'cut',
  'clean-cut',
  'error-event',
  'error-line',
  'status',
  'broken-json',
  'junk-frames',
  'unstreamed',
  'redirect',
  'html',
  'silence',
  'silence-after-headers',
  'slow-headers',
  'held',
  'no-content-type',
  'no-usage',
  'no-newline',
  'long',
  'empty',
  'tool-call',
  'refusal',
  'length',
  'finish',
  'reasoning',
  'cached',
  'prompt-cache',
  'headers-then-reset',
  'reset',
  'endless',
  'lifecycle',
  'echo',
  'sequential',
  'flaky',
] as const;

export type ScenarioName = (typeof names)[number];

const parameters = [
  'name',
  'ms',
  'chunks',
  'after',
  'mid',
  'code',
  'retryAfter',
  'kind',
  'size',
  'keep',
  'reason',
  'field',
  'beside',
  'times',
  'mark',
  'to',
  'only',
] as const;

type ParameterName = (typeof parameters)[number];

/** Instructions for the server at the start of a request's last user message. */
export interface Scenario {
  /** Whether the message names a scenario. */
  readonly isScenario: boolean;
  has(name: ScenarioName): boolean;
  text(parameter: ParameterName): string | undefined;
  number(parameter: ParameterName, otherwise: number): number;
}

/**
 * Reads `[[scenario:unicode,bytes ms=20]]` from the start of a text: names joined by commas, then parameters that they
 * share. Throws for a name or parameter that does not exist, so that a misspelt one does not pass for the default.
 */
export function parseScenario(text: string): Scenario {
  const [, requested = '', rest = ''] = /^\s*\[\[scenario:([\w,-]+)((?:\s+\w+=[^\s\]]+)*)\s*\]\]/.exec(text) ?? [];
  if (requested === '' && text.trimStart().startsWith('[[scenario')) throw new Error(`unreadable scenario: ${text}`);
  const asks = new Set(requested.split(',').filter((name) => name !== ''));
  const values = new Map(rest.split(/\s+/).flatMap((pair) => readPair(pair)));
  for (const name of asks)
    if (!names.some((existing) => existing === name)) throw new Error(`unknown scenario: ${name}`);
  for (const key of values.keys()) {
    if (!parameters.some((existing) => existing === key)) throw new Error(`unknown scenario parameter: ${key}`);
  }
  return {
    isScenario: asks.size > 0,
    has: (name) => asks.has(name),
    text: (parameter) => values.get(parameter),
    number: (parameter, otherwise) => Number(values.get(parameter) ?? otherwise),
  };
}

function readPair(pair: string): [string, string][] {
  const at = pair.indexOf('=');
  return at < 0 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]];
}
