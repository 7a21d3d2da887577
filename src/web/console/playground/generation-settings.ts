import type { ChatParameters } from './chat-api-types.ts';

/** The fields of the form, and their names in the URL. */
export const parameterNames = ['temperature', 'top_p', 'max_tokens', 'reasoning_effort', 'stop', 'seed'] as const;

export type ParameterName = (typeof parameterNames)[number];

/** What the visitor has typed. An empty text is not sent. */
export type ParameterTexts = Readonly<Record<ParameterName, string>>;

export const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'];

type Problems = Readonly<Partial<Record<ParameterName, string>>>;

interface ParsedParameters {
  readonly parameters: ChatParameters;
  readonly problems: Problems;
}

/**
 * Parses the fields of the form. Bounds are those of the models, which the gateway reports: only what is no number is a problem here.
 */
export function parseParameters(texts: ParameterTexts): ParsedParameters {
  const temperature = parseNumber(texts.temperature);
  const topP = parseNumber(texts.top_p);
  const maxTokens = parseNumber(texts.max_tokens);
  const seed = parseNumber(texts.seed);
  const stop = parseStop(texts.stop);
  return {
    parameters: {
      ...(isValid(temperature) && { temperature }),
      ...(isValid(topP) && { top_p: topP }),
      ...(isCount(maxTokens) && { max_tokens: maxTokens }),
      ...(texts.reasoning_effort !== '' && { reasoning_effort: texts.reasoning_effort }),
      ...(stop.length > 0 && { stop }),
      ...(isInteger(seed) && { seed }),
    },
    problems: {
      ...(Number.isNaN(temperature) && { temperature: 'Write a number, such as 0.7.' }),
      ...(Number.isNaN(topP) && { top_p: 'Write a number from 0 to 1.' }),
      ...(maxTokens !== undefined && !isCount(maxTokens) && { max_tokens: 'Write a whole number above 0.' }),
      ...(seed !== undefined && !isInteger(seed) && { seed: 'Write a whole number.' }),
    },
  };
}

/** Undefined is an empty field, NaN one without a number. */
function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : Number.NaN;
}

function isValid(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}

function isInteger(value: number | undefined): value is number {
  return Number.isSafeInteger(value);
}

function isCount(value: number | undefined): value is number {
  return isInteger(value) && value > 0;
}

/** One sequence in each line, in which `\n` is a line break. */
function parseStop(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replaceAll(/\\([n\\])/g, (_, letter) => (letter === 'n' ? '\n' : '\\')));
}

/** OpenAI's newer models have only `max_completion_tokens`, and other vendors only `max_tokens`. */
export function nameMaxTokens(parameters: ChatParameters, owner: string | undefined): ChatParameters {
  const { max_tokens, ...others } = parameters;
  return owner === 'openai' && max_tokens !== undefined ? { ...others, max_completion_tokens: max_tokens } : parameters;
}

/** Returns the parameters of a request as the fields of the form have them. */
export function toParameterTexts(parameters: ChatParameters): Partial<Record<ParameterName, string>> {
  const { temperature, top_p, max_tokens, max_completion_tokens, reasoning_effort, stop, seed } = parameters;
  const values = { temperature, top_p, max_tokens: max_tokens ?? max_completion_tokens, reasoning_effort, seed };
  const texts = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  const lines = stop?.map((sequence) => sequence.replaceAll('\\', '\\\\').replaceAll('\n', '\\n'));
  return { ...Object.fromEntries(texts), ...(lines && { stop: lines.join('\n') }) };
}
