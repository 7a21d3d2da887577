import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import { errorCode, errorMessage, requestId } from '../../build/openapi/error-schemas.ts';
import { describeFields } from '../../build/openapi/json-schema.ts';
import type { FinishReason } from '../../domain/response.ts';
import { nativeChatSchema } from './parse-native-chat-request.ts';

/** What a chat call and a job are asked beside their prompt. */
export const callTexts = {
  messages: 'A conversation, oldest message first: 1 to 10,000 messages.',
  provider:
    '`openai`, `claude` (or `anthropic`), `ollama`, `stub`, or the name of a compatible provider. Left out, it follows from the model, else it is `DEFAULT_PROVIDER`.',
  models:
    'Up to 5 models, instead of `model` or behind it, and without `provider`. The next one is asked where one fails before its reply has begun.',
  model: "The model's name. Left out: `DEFAULT_MODEL` for the default provider, else the provider's own default.",
  temperature: 'How freely words are chosen: 0 to 2, for Claude 0 to 1.',
  topP: 'Chooses among the likeliest words that have this probability together: 0 to 1.',
  maxTokens: "The most tokens that the reply may have. Left out: the model's own maximum.",
  stop: 'A text at which the reply ends, or a list of up to 16.',
};

export const chatRequest = component(
  'ChatRequest',
  describeFields(nativeChatSchema, { prompt: 'The one message of a user. Either this or `messages`.', ...callTexts }),
  {
    description:
      'One call. Exactly one of `prompt` and `messages`; an unknown field is refused, with the known name that was probably meant.',
    examples: [
      { prompt: 'What is a REST API?', provider: 'stub' },
      { prompt: 'What is a REST API?', provider: 'openai', model: 'gpt-4o-mini' },
      {
        messages: [
          { role: 'system', content: 'You answer in one sentence.' },
          { role: 'user', content: 'What is a REST API?' },
        ],
        model: 'claude-haiku-4-5',
        temperature: 0.2,
        maxTokens: 200,
      },
    ],
  },
);

const finishReasons = ['stop', 'length', 'tool_calls', 'content_filter', 'other'] as const satisfies FinishReason[];

export const finishReason = component('FinishReason', z.enum(finishReasons), {
  description:
    'Why the reply ended: `stop` (by itself, or at a stop sequence), `length` (a bound of tokens), `tool_calls`, `content_filter` (refusals too), `other`.',
});

export const counts = {
  tokensIn: z
    .int()
    .min(0)
    .nullable()
    .meta({
      description: 'Tokens of the input, cached ones included. Null if unknown.',
      examples: [12],
    }),
  tokensOut: z
    .int()
    .min(0)
    .nullable()
    .meta({
      description: 'Tokens of the output, reasoning included. Null if unknown.',
      examples: [85],
    }),
  cost: z
    .number()
    .min(0)
    .nullable()
    .meta({
      description: 'In US dollars, to the nano-dollar. Null where no price is known.',
      examples: [0.0000528],
    }),
};

const provider = z.string().meta({ description: 'The id of the provider that was called.', examples: ['openai'] });
const model = z.string().meta({ description: 'The model that was asked for.', examples: ['gpt-4o-mini'] });
const refusal = z.string().optional().meta({ description: 'The text with which the model refused.' });

const result = { finishReason, ...counts, provider, model };
const resultExample = {
  finishReason: 'stop',
  tokensIn: 12,
  tokensOut: 85,
  cost: 0.0000528,
  provider: 'openai',
  model: 'gpt-4o-mini',
};

export const chatReply = component(
  'ChatReply',
  z.object({ content: z.string().meta({ description: 'The whole reply.' }), ...result, refusal }),
  {
    description: 'One whole reply. More fields may follow.',
    examples: [{ content: 'A REST API is an interface over HTTP.', ...resultExample }],
  },
);

const startEvent = component('StartEvent', z.object({ type: z.literal('start'), requestId, provider, model }), {
  description: 'The first event: the provider has answered.',
  examples: [{ type: 'start', requestId: 'req_01K9Z3N4V6T8QW2R5Y7B9D1F3H', provider: 'openai', model: 'gpt-4o-mini' }],
});

const chunkEvent = component(
  'ChunkEvent',
  z.object({ type: z.literal('chunk'), content: z.string().meta({ description: 'The next piece of the reply.' }) }),
  { description: 'Text, as it is produced.', examples: [{ type: 'chunk', content: 'A REST API' }] },
);

const doneEvent = component('DoneEvent', z.object({ type: z.literal('done'), ...result, refusal }), {
  description: 'The last event of a reply that is whole.',
  examples: [{ type: 'done', ...resultExample }],
});

export const errorEvent = component(
  'ErrorEvent',
  z.object({ type: z.literal('error'), code: errorCode, message: errorMessage, requestId }),
  {
    description: 'The last event of a reply that broke off.',
    examples: [
      {
        type: 'error',
        code: 'provider_error',
        message: 'The provider broke off the stream.',
        requestId: 'req_01K9Z3N4V6T8QW2R5Y7B9D1F3H',
      },
    ],
  },
);

export const streamEvent = component(
  'StreamEvent',
  z.discriminatedUnion('type', [startEvent, chunkEvent, doneEvent, errorEvent]),
  { description: 'The JSON of one `data:` line. Exactly one `done` or `error` ends the stream.' },
);
