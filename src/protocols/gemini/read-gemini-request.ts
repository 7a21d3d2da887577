import type { HttpContext } from '../../http/context.ts';
import { readJsonObject } from '../../http/read-json-body.ts';
import { keepExactNumbers } from '../../lib/exact-json.ts';
import { yieldToEventLoop } from '../../lib/yield-to-event-loop.ts';
import type { ObjectPolicy } from '../field-policy.ts';
import { isObject } from './gemini-field-schemas.ts';
import { normalizeGeminiNames } from './normalize-gemini-names.ts';

type Body = Readonly<Record<string, unknown>>;

/** The fields with JSON of the client's own, by either name, whose numbers reach the provider as they are. */
const jsonFields = [
  ['contents', '*', 'parts', '*', '{}', 'args'],
  ['contents', '*', 'parts', '*', '{}', 'response'],
  ['tools', '*', '{}', '*', '{}'],
  ['tools', '{}', '*', '{}'],
  ...['responseSchema', 'responseJsonSchema', 'response_schema', 'response_json_schema'].map((name) => ['{}', name]),
];

/**
 * Reads a request of Gemini's clients. Its fields have the names and forms of the policy, and what Google's API takes as text for
 * a content is one. Throws `invalid_request`.
 */
export async function readGeminiBody(context: HttpContext, policy: ObjectPolicy): Promise<Body> {
  const { text, body } = await readJsonObject(context.req);
  keepExactNumbers(text, body, jsonFields);
  await yieldToEventLoop(text.length);
  const normalized = normalizeGeminiBody(body, policy);
  await yieldToEventLoop(text.length);
  return normalized;
}

/** Returns a request with the names and forms of the policy. Throws `invalid_request`. */
export function normalizeGeminiBody(body: Body, policy: ObjectPolicy): Body {
  return normalizeGeminiNames(wrapTexts(body), policy);
}

/** Returns the model in the path of a request: `ollama/llama3.2`, with its slash as it is, or encoded. */
export function readGeminiModel(context: HttpContext): string {
  const { path } = context.req;
  const model = decode(path.slice(path.indexOf('/models/') + '/models/'.length, path.lastIndexOf(':')));
  return model.replace(/^(?:models|tunedModels)\//, '');
}

/** Texts and lists of parts that stand for a content: clients convert them, and some requests are written by hand. */
function wrapTexts(body: Body): Body {
  const contentFields = ['contents', 'content', 'systemInstruction', 'system_instruction'];
  const wrapped = contentFields.flatMap((name) => {
    const content = body[name];
    if (typeof content === 'string') return [[name, { parts: [{ text: content }] }] as const];
    const isParts = name.startsWith('system') && Array.isArray(content);
    return isParts ? [[name, { parts: content.map(wrapPart) }] as const] : [];
  });
  return wrapped.length > 0 ? { ...body, ...Object.fromEntries(wrapped) } : body;
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
