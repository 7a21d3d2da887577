import { invalidFieldError } from '../../domain/errors.ts';
import { clampEffort } from '../../domain/reasoning-effort.ts';
import type { ChatRequest, ResponseFormat } from '../../domain/request.ts';
import { checkToolChoice } from '../check-tool-choice.ts';
import { encodeOllamaMessages, type OllamaMessage } from './encode-ollama-messages.ts';
import {
  buildForcedCallFormat,
  describeForcedCall,
  keepsFirstCallOnly,
  planForcedToolCall,
} from './plan-ollama-tools.ts';

/** What is sent to `/api/chat`. A field that is undefined is not sent. Source: ollama/ollama, docs/api.md. */
export interface OllamaChatRequest {
  readonly model: string;
  readonly messages: readonly OllamaMessage[];
  /** Ollama streams unless it is told not to. */
  readonly stream: boolean;
  readonly options?: ModelOptions | undefined;
  readonly tools?: readonly unknown[] | undefined;
  readonly format?: unknown;
  readonly think?: boolean | string | undefined;
}

interface ModelOptions {
  readonly num_predict?: number | undefined;
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly top_k?: number | undefined;
  readonly seed?: number | undefined;
  readonly frequency_penalty?: number | undefined;
  readonly presence_penalty?: number | undefined;
  readonly stop?: readonly string[] | undefined;
}

/**
 * Throws `invalid_request` naming the field where Ollama cannot express the request. The user's id stays behind: there is no
 * field for it, nor a vendor who would look for abuse, and no reply depends on it.
 */
export function encodeOllamaChatRequest(request: ChatRequest, vendorName: string, stream: boolean): OllamaChatRequest {
  checkToolChoice(request);
  const { tools, format, systemAddition } = encodeTools(request, vendorName);
  return {
    model: request.model,
    messages: addToSystem(encodeOllamaMessages(request.messages, vendorName, request.translation), systemAddition),
    stream,
    options: toOptions(request),
    tools,
    format,
    think: toThink(request),
  };
}

interface EncodedTools extends Pick<OllamaChatRequest, 'tools' | 'format'> {
  readonly systemAddition?: string | undefined;
}

/**
 * Encodes the tools and the form of the reply. What the API has no field for is expressed by other means, and throws in a strict
 * request: a forced tool call is a reply in JSON, and a format beside tools is a line of the system prompt, because a model that
 * is bound to a format calls no tool.
 */
function encodeTools(request: ChatRequest, vendorName: string): EncodedTools {
  const { responseFormat, translation } = request;
  const tools = toTools(request);
  if (tools === undefined) return { format: toFormat(responseFormat) };
  if (!translation) refuseToolDemands(request, vendorName);
  const forced = planForcedToolCall(request);
  if (forced) translation?.adjust(['tool_choice']);
  if (keepsFirstCallOnly(request) && !forced) translation?.adjust(['parallel_tool_calls']);
  if (responseFormat) translation?.adjust(['response_format']);
  if (forced) return { format: buildForcedCallFormat(forced), systemAddition: describeForcedCall(forced) };
  return { tools, systemAddition: responseFormat && describeFormat(responseFormat) };
}

function describeFormat(format: ResponseFormat): string {
  const instruction = 'A reply that calls no tool is one JSON object and nothing else';
  return format.type === 'json_object'
    ? `${instruction}.`
    : `${instruction}. It fits this JSON Schema:\n${JSON.stringify(format.schema)}`;
}

/** Many templates read one system message, the first. */
function addToSystem(messages: readonly OllamaMessage[], addition: string | undefined): readonly OllamaMessage[] {
  if (addition === undefined) return messages;
  const [first, ...others] = messages;
  if (first?.role !== 'system') return [{ role: 'system', content: addition }, ...messages];
  const content = first.content.trim() === '' ? addition : `${first.content}\n\n${addition}`;
  return [{ ...first, content }, ...others];
}

/**
 * Ollama's models call tools as they see fit, and where a format binds the whole of their reply they call none. Source:
 * ollama/ollama, issues 8095 and 13750.
 */
function refuseToolDemands({ toolChoice, parallelToolCalls, responseFormat }: ChatRequest, vendorName: string): void {
  if (toolChoice !== undefined && toolChoice !== 'auto') {
    throw invalidFieldError(['tool_choice'], `can only be auto or none for ${vendorName}`);
  }
  if (parallelToolCalls === false) {
    throw invalidFieldError(
      ['parallel_tool_calls'],
      `${vendorName} cannot be held to one tool call at a time. Leave it out`,
    );
  }
  if (responseFormat !== undefined) {
    throw invalidFieldError(
      ['response_format'],
      `cannot be combined with tools for ${vendorName}, which would call no tool then: leave one of them out`,
    );
  }
}

function toOptions({ stop, ...request }: ChatRequest): ModelOptions | undefined {
  const options: ModelOptions = {
    num_predict: request.maxTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_k: request.topK,
    seed: request.seed,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    stop: stop?.length ? stop : undefined,
  };
  return Object.values(options).some((value) => value !== undefined) ? options : undefined;
}

function toTools({ tools, toolChoice }: ChatRequest): unknown[] | undefined {
  if (!tools?.length || toolChoice === 'none') return undefined;
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }));
}

function toFormat(format: ResponseFormat | undefined): unknown {
  if (format === undefined) return undefined;
  return format.type === 'json_object' ? 'json' : format.schema;
}

/**
 * Most models only switch thinking on or off, and take `minimal` as off; gpt-oss takes a level from `low` to `high`, and
 * always thinks. A model that cannot think refuses to be asked, and is asked again without. Source: docs.ollama.com/capabilities/thinking.
 */
function toThink({ model, reasoningEffort: effort, translation }: ChatRequest): boolean | string | undefined {
  if (effort === undefined) return undefined;
  if (/\bgpt-oss\b/.test(model)) {
    const level = clampEffort(effort, ['low', 'medium', 'high']);
    if (level !== effort) translation?.adjust(['reasoning_effort']);
    return level;
  }
  return effort !== 'minimal' && effort !== 'none';
}
