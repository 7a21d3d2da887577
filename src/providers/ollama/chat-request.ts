import type { ChatCall, ResponseFormat } from '../../core/call.ts';
import { GatewayError } from '../../core/errors.ts';
import { type ChatMessage, toChatMessages } from './chat-messages.ts';

/** What is sent to `/api/chat`. A field that is undefined is not sent. Source: ollama/ollama, docs/api.md. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
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
  readonly stop?: readonly string[] | undefined;
}

/** Throws `invalid_request` naming the field where Ollama cannot express the call. */
export function toChatRequest(call: ChatCall, stream: boolean): ChatRequest {
  refuseToolDemands(call);
  return {
    model: call.model,
    messages: toChatMessages(call.messages),
    stream,
    options: toOptions(call),
    tools: toTools(call),
    format: toFormat(call.responseFormat),
    think: toThink(call),
  };
}

/** Ollama's models call tools as they see fit. */
function refuseToolDemands({ toolChoice, parallelToolCalls }: ChatCall): void {
  if (toolChoice !== undefined && toolChoice !== 'auto' && toolChoice !== 'none') {
    throw new GatewayError('invalid_request', 'tool_choice can only be auto or none for Ollama.');
  }
  if (parallelToolCalls === false) {
    throw new GatewayError('invalid_request', 'parallel_tool_calls cannot be switched off for Ollama.');
  }
}

function toOptions({ maxTokens, temperature, topP, stop }: ChatCall): ModelOptions | undefined {
  const options: ModelOptions = {
    num_predict: maxTokens,
    temperature,
    top_p: topP,
    stop: stop?.length ? stop : undefined,
  };
  return Object.values(options).some((value) => value !== undefined) ? options : undefined;
}

function toTools({ tools, toolChoice }: ChatCall): unknown[] | undefined {
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
 * Most models only switch thinking on or off, and take `minimal` as off; gpt-oss takes a level, always thinks, and knows
 * nothing below `low`. A model that cannot think refuses to be asked. Source: docs.ollama.com/capabilities/thinking.
 */
function toThink({ model, reasoningEffort: effort }: ChatCall): boolean | string | undefined {
  if (effort === undefined) return undefined;
  if (/\bgpt-oss\b/.test(model)) return effort === 'minimal' ? 'low' : effort;
  return effort !== 'minimal';
}
