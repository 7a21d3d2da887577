import { invalidFieldError } from '../../domain/errors.ts';
import type { HttpContext } from '../../http/context.ts';
import { readJsonObject } from '../../http/read-json-body.ts';
import { keepExactNumbers } from '../../lib/exact-json.ts';
import { findJsonSpans } from '../../lib/find-json-spans.ts';
import { yieldToEventLoop } from '../../lib/yield-to-event-loop.ts';
import type { ObjectPolicy } from '../field-policy.ts';
import { isObject } from './gemini-field-schemas.ts';
import { normalizeGeminiNames } from './normalize-gemini-names.ts';

type Body = Readonly<Record<string, unknown>>;

const schemaFields = ['responseSchema', 'responseJsonSchema', 'response_schema', 'response_json_schema'].map((name) => [
  name,
]);

/**
 * Where JSON of the client's own is in each field: arguments, responses and schemas, whose numbers reach the provider as they are.
 * `{}` stands for either spelling of a name.
 */
const jsonFields: ReadonlyMap<unknown, readonly (readonly string[])[]> = new Map([
  ['contents', [['*', 'parts', '*', '{}', '{}']]],
  [
    'tools',
    [
      ['*', '{}', '*', '{}'],
      ['{}', '*', '{}'],
    ],
  ],
  ['generationConfig', schemaFields],
  ['generation_config', schemaFields],
]);

/**
 * Reads a request of Gemini's clients. Its fields have the names and forms of the policy, and what Google's API takes as text for
 * a content is one. Throws `invalid_request`.
 */
export async function readGeminiBody(context: HttpContext, policy: ObjectPolicy): Promise<Body> {
  const { text, body } = await readJsonObject(context.req);
  await keepExactFields(text, body);
  const normalized = normalizeGeminiBody(body, policy);
  await yieldToEventLoop(text.length);
  return normalized;
}

/** Searches each field by itself, so that a long body is walked once or twice, and not once for each pattern. */
async function keepExactFields(text: string, body: Body): Promise<void> {
  for (const { path, start, end } of findJsonSpans(text, ['{}'])) {
    const [name] = path;
    const patterns = jsonFields.get(name);
    if (patterns === undefined || typeof name !== 'string') continue;
    await yieldToEventLoop(end - start);
    keepExactNumbers(text.slice(start, end), body[name], patterns);
  }
  await yieldToEventLoop(text.length);
}

/** Returns a request with the names and forms of the policy. Throws `invalid_request`. */
export function normalizeGeminiBody(body: Body, policy: ObjectPolicy): Body {
  return normalizeGeminiNames(wrapTexts(body), policy);
}

/** Returns the model in the path of a request: `ollama/llama3.2`, with its slash as it is, or encoded. Throws `invalid_request`. */
export function readGeminiModel(context: HttpContext): string {
  const { path } = context.req;
  const model = decode(path.slice(path.indexOf('/models/') + '/models/'.length, path.lastIndexOf(':')));
  const name = model.replace(/^(?:models|tunedModels)\//, '');
  if (/^[\x20-\x7e]{1,256}$/.test(name)) return name;
  throw invalidFieldError(['model'], 'must be 1 to 256 printable ASCII characters');
}

/** Texts and lists of parts that stand for a content: clients convert them, and some requests are written by hand. */
function wrapTexts(body: Body): Body {
  const wrapped: Record<string, unknown> = {};
  for (const name of ['contents', 'content', 'systemInstruction', 'system_instruction']) {
    const content = body[name];
    if (typeof content === 'string') wrapped[name] = { parts: [{ text: content }] };
    else if (name.startsWith('system') && Array.isArray(content)) wrapped[name] = { parts: content.map(wrapPart) };
  }
  return Object.keys(wrapped).length > 0 ? { ...body, ...wrapped } : body;
}

function wrapPart(part: unknown): unknown {
  return isObject(part) ? part : { text: part };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
