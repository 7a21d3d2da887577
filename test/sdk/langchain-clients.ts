import { ChatAnthropic } from '@langchain/anthropic';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { AIMessageChunk, UsageMetadata } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { devKey } from '../../src/domain/dev-key.ts';
import type { OtherClient } from './other-client.ts';

/** LangChain, by each of the two protocols. */
export function langChainClients(gatewayUrl: string): OtherClient[] {
  const common = { apiKey: devKey, maxRetries: 0, maxTokens: 1000 };
  return [
    langChainClient(
      'langchain, openai',
      (model) => new ChatOpenAI({ ...common, model, configuration: { baseURL: `${gatewayUrl}/v1` } }),
    ),
    langChainClient(
      'langchain, anthropic',
      (model) => new ChatAnthropic({ ...common, model, anthropicApiUrl: gatewayUrl }),
    ),
  ];
}

function langChainClient(name: string, modelOf: (model: string) => ChatOpenAI | ChatAnthropic): OtherClient {
  const chatOf = (model: string): BaseChatModel => modelOf(model);
  return {
    name,
    async text(model, prompt) {
      const reply = await chatOf(model).invoke(prompt);
      return { text: reply.text, usage: toUsage(reply.usage_metadata) };
    },
    async stream(model, prompt) {
      let whole: AIMessageChunk | undefined;
      let pieces = 0;
      for await (const chunk of await chatOf(model).stream(prompt)) {
        whole = whole ? whole.concat(chunk) : chunk;
        if (chunk.text !== '') pieces += 1;
      }
      return { text: whole?.text ?? '', pieces, usage: toUsage(whole?.usage_metadata) };
    },
    async tools(model, prompt, specs) {
      const tools = specs.map(({ name: toolName, parameters }) => ({
        type: 'function' as const,
        function: { name: toolName, description: toolName, parameters },
      }));
      const reply = await modelOf(model).bindTools(tools).invoke(prompt);
      return (reply.tool_calls ?? []).map(({ name: toolName, args }) => ({ name: toolName, input: args }));
    },
    async json(model, prompt, schema) {
      const named = { title: 'reply', ...schema };
      return await modelOf(model).withStructuredOutput(named, { name: 'reply', method: 'jsonSchema' }).invoke(prompt);
    },
  };
}

function toUsage(usage: UsageMetadata | undefined) {
  return { input: usage?.input_tokens, output: usage?.output_tokens };
}
