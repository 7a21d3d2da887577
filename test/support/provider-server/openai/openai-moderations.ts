import * as z from 'zod';
import type { AcceptedCall, Endpoint, ProviderRequest, Refusal } from '../protocol.ts';
import { isBodyRefused, readJson, unknownModel } from './openai-body.ts';
import { refuseIssues, writeFailure } from './openai-errors.ts';

const bodySchema = z.object({
  model: z.string().optional(),
  input: z.union([z.string(), z.array(z.string()), z.array(z.looseObject({ type: z.string() }))]),
});

/** `POST /v1/moderations`: flags what contains the word "bomb". OpenAI counts no tokens there. */
export function openAiModerations(key: string): Endpoint {
  function accept(request: ProviderRequest): AcceptedCall | Refusal {
    const body = readJson(request, key);
    if (isBodyRefused(body)) return body.refusal;
    const parsed = bodySchema.safeParse(body.json);
    if (!parsed.success) return refuseIssues(parsed.error, body.json);
    const { model = 'omni-moderation-latest', input } = parsed.data;
    if (!/^(omni|text)-moderation-/.test(model)) return unknownModel(model);
    const [first] = typeof input === 'string' ? [input] : input;
    const lastUserText = typeof first === 'string' ? first : JSON.stringify(first);
    const inputCount = typeof input === 'string' ? 1 : input.length;
    return { model, stream: false, includeUsage: false, lastUserText, key, inputCount };
  }

  function writeBody(_reply: unknown, { inputCount = 1, lastUserText }: AcceptedCall): string {
    const flagged = lastUserText.includes('bomb');
    const result = { flagged, categories: { violence: flagged }, category_scores: { violence: flagged ? 0.9 : 0.1 } };
    const results = Array.from({ length: inputCount }, () => result);
    return JSON.stringify({ id: 'modr-Test0001', model: 'omni-moderation-2024-09-26', results });
  }

  return {
    protocol: 'openai',
    path: '/v1/moderations',
    streamContentType: 'text/event-stream',
    accept,
    writeBody,
    writeFrames: () => [],
    writeError: writeFailure,
    writeErrorFrame: () => '',
  };
}
