import { invalidFieldError } from '../../domain/errors.ts';
import type { ChatRequest } from '../../domain/request.ts';
import type { ProviderDescriptor, RefusableField } from '../descriptor.ts';
import { shortenOpenAiToolCallIds } from './shorten-openai-tool-call-ids.ts';

type Vendor = Pick<ProviderDescriptor, 'displayName' | 'quirks'>;

interface AdaptedRequest {
  readonly request: ChatRequest;
  /** What a system message has to say besides. */
  readonly instruction: string | undefined;
}

const requestFields = {
  temperature: 'temperature',
  top_p: 'topP',
  stop: 'stop',
  seed: 'seed',
  frequency_penalty: 'frequencyPenalty',
  presence_penalty: 'presencePenalty',
  parallel_tool_calls: 'parallelToolCalls',
  user: 'userId',
} as const satisfies Record<RefusableField, keyof ChatRequest>;

/**
 * Adapts a request to what a vendor of OpenAI's protocol takes, by its quirks: fields that it refuses are left out, values are
 * reduced, JSON schemas become a system message. Throws `invalid_request` that names the field where the request is strict.
 */
export function adaptOpenAiRequest(request: ChatRequest, vendor: Vendor): AdaptedRequest {
  const allowed = releaseToolChoice(clampTemperature(leaveOutRefusedFields(request, vendor), vendor), vendor);
  const { toolCallIdLength } = vendor.quirks ?? {};
  const messages =
    toolCallIdLength === undefined ? request.messages : shortenOpenAiToolCallIds(request.messages, toolCallIdLength);
  const instruction = describeJsonSchema(request, vendor);
  const responseFormat = instruction === undefined ? request.responseFormat : ({ type: 'json_object' } as const);
  return { request: { ...allowed, messages, responseFormat }, instruction };
}

/** The end user's id is a hint in every request: without it the vendor only cannot tell users apart. */
function leaveOutRefusedFields(request: ChatRequest, { displayName, quirks }: Vendor): ChatRequest {
  const { refusedFields } = quirks ?? {};
  if (!refusedFields || refusedFields.models?.test(request.model) === false) return request;
  let allowed = request;
  for (const name of refusedFields.names) {
    const field = requestFields[name];
    if (request[field] === undefined || (name === 'stop' && request.stop?.length === 0)) continue;
    if (name !== 'user') {
      if (!request.translation) throw invalidFieldError([name], `is refused by ${displayName}: leave it out`);
      request.translation.leaveOutRefused([name], displayName);
    }
    allowed = { ...allowed, [field]: undefined };
  }
  return allowed;
}

function clampTemperature(request: ChatRequest, { displayName, quirks }: Vendor): ChatRequest {
  const { temperature, translation } = request;
  const { temperatureRange } = quirks ?? {};
  if (temperature === undefined || !temperatureRange) return request;
  const [min, max] = temperatureRange;
  const clamped = Math.min(Math.max(temperature, min), max);
  if (clamped === temperature) return request;
  if (!translation) throw invalidFieldError(['temperature'], `must be from ${min} to ${max} for ${displayName}`);
  translation.adjust(['temperature']);
  return { ...request, temperature: clamped };
}

function releaseToolChoice(request: ChatRequest, { displayName, quirks }: Vendor): ChatRequest {
  const { toolChoice, model, translation } = request;
  const isForced = toolChoice === 'required' || typeof toolChoice === 'object';
  if (!isForced || !quirks?.autoToolChoiceModels?.test(model)) return request;
  if (!translation) {
    throw invalidFieldError(['tool_choice'], `must be auto or none: model "${model}" of ${displayName} takes no other`);
  }
  translation.adjust(['tool_choice']);
  return { ...request, toolChoice: 'auto' };
}

/** JSON mode wants the word JSON in the prompt. Source: api-docs.deepseek.com, "JSON Output". */
function describeJsonSchema({ responseFormat, translation }: ChatRequest, { displayName, quirks }: Vendor) {
  if (responseFormat?.type !== 'json_schema' || quirks?.hasJsonSchema !== false) return undefined;
  if (!translation) {
    throw invalidFieldError(['response_format'], `must be json_object: ${displayName} takes no JSON schema`);
  }
  translation.adjust(['response_format']);
  return `Answer with one JSON object that matches this JSON schema:\n${JSON.stringify(responseFormat.schema)}`;
}
