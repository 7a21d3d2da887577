import { GatewayError } from '../domain/errors.ts';
import { findAmbiguousField, type UnambiguousFields } from './ambiguous-fields.ts';
import { findJsonError } from './find-json-error.ts';
import { type JsonExcess, maxJsonDepth, maxJsonIntegers, maxJsonNames, maxJsonValues, scanJson } from './scan-json.ts';
import { yieldToEventLoop } from './yield-to-event-loop.ts';

const excessProblems: Readonly<Record<JsonExcess, string>> = {
  depth: `is nested more than ${maxJsonDepth} levels deep. Make it flatter.`,
  values: `has more than ${maxJsonValues} values, integers aside. Split it into several requests.`,
  integers: `has more than ${maxJsonIntegers} integers. Split it into several requests.`,
  names: `has more than ${maxJsonNames} different property names. Use lists instead.`,
};

interface ParseOptions {
  /** Those that the object has to have once, and in their own case. */
  readonly fields?: UnambiguousFields | undefined;
  /** What errors call the text. */
  readonly subject?: string;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Parses a JSON body, after a scan that refuses what would block the isolate. Returns its text as well. Throws
 * `invalid_request`.
 */
export async function parseJsonBytes(
  bytes: Uint8Array,
  { fields, subject = 'The body' }: ParseOptions = {},
): Promise<{ text: string; value: unknown }> {
  const { excess, nameOffsets } = scanJson(bytes);
  if (excess !== undefined) throw new GatewayError('invalid_request', `${subject} ${excessProblems[excess]}`);
  await yieldToEventLoop(bytes.length);
  const text = decodeText(bytes, subject);
  await yieldToEventLoop(bytes.length);
  const value = parseText(text, subject);
  if (fields !== undefined && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const readNames = () => decodeNames(bytes, nameOffsets);
    const ambiguous = findAmbiguousField(value, fields, nameOffsets.length / 2, readNames);
    if (ambiguous) throw new GatewayError('invalid_request', [ambiguous]);
  }
  await yieldToEventLoop(bytes.length);
  return { text, value };
}

function* decodeNames(bytes: Uint8Array, offsets: readonly number[]): Iterable<string> {
  for (let index = 0; index < offsets.length; index += 2) {
    yield JSON.parse(decoder.decode(bytes.subarray(offsets[index], offsets[index + 1])));
  }
}

function decodeText(bytes: Uint8Array, subject: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new GatewayError('invalid_request', `${subject} is not valid UTF-8.`);
  }
}

/** The parser's own message quotes the text, and does not always name the place. */
function parseText(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { line, column, problem } = findJsonError(text) ?? { line: 1, column: 1, problem: 'it cannot be parsed' };
    const place = `line ${line}, column ${column}`;
    throw new GatewayError('invalid_request', `${subject} is not valid JSON at ${place}: ${problem}.`);
  }
}
