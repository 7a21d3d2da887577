import { Portkey } from 'portkey-ai';
import type { CallTool, Conversation, CreateClients } from '../framework-client.ts';

interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; arguments: string };
}

interface Message {
  readonly role: string;
  readonly content: string | null;
  readonly tool_calls?: ToolCall[];
  readonly tool_call_id?: string;
}

const objectOf = (name: string, type: string) => ({
  type: 'object',
  properties: { [name]: { type } },
  required: [name],
});
const tools = [
  { type: 'function', function: { name: 'get_weather', parameters: objectOf('city', 'string') } },
  { type: 'function', function: { name: 'get_time', parameters: objectOf('zone', 'string') } },
];
const forecast = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'number' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
};

/** Portkey's client, whose own key is the gateway's. It runs no tools by itself. */
export const createClients: CreateClients = ({ url, key }) => {
  const client = new Portkey({ apiKey: key, baseURL: `${url}/v1` });
  const read = (format: object) => async (model: string, prompt: string) => {
    const messages = [{ role: 'user', content: prompt }];
    const reply = await client.chat.completions.create({ model, messages, response_format: format } as never);
    return JSON.parse(String((reply as { choices: { message: Message }[] }).choices[0]?.message.content));
  };
  return [
    {
      name: 'portkey-ai',
      startConversation: (model, callTool) => new PortkeyConversation(client, model, callTool),
      structuredOutput: {
        json_schema: read({ type: 'json_schema', json_schema: { name: 'forecast', strict: true, schema: forecast } }),
        json_object: read({ type: 'json_object' }),
      },
    },
  ];
};

class PortkeyConversation implements Conversation {
  readonly #client: Portkey;
  readonly #model: string;
  readonly #callTool: CallTool;
  readonly #messages: Message[] = [];

  constructor(client: Portkey, model: string, callTool: CallTool) {
    this.#client = client;
    this.#model = model;
    this.#callTool = callTool;
  }

  async send(prompt: string, stream: boolean): Promise<string> {
    this.#messages.push({ role: 'user', content: prompt });
    for (;;) {
      const message = stream ? await this.#stream() : await this.#create();
      this.#messages.push(message);
      const calls = message.tool_calls ?? [];
      if (calls.length === 0) return message.content ?? '';
      for (const { id, function: called } of calls) {
        const content = this.#callTool(called.name, JSON.parse(called.arguments));
        this.#messages.push({ role: 'tool', tool_call_id: id, content });
      }
    }
  }

  get #request() {
    return { model: this.#model, messages: this.#messages, tools };
  }

  async #create(): Promise<Message> {
    const reply = await this.#client.chat.completions.create(this.#request as never);
    const message = (reply as { choices: { message: Message }[] }).choices[0]?.message;
    if (!message) throw new Error('no message came');
    return message;
  }

  async #stream(): Promise<Message> {
    const stream = await this.#client.chat.completions.create({ ...this.#request, stream: true } as never);
    const calls: ToolCall[] = [];
    let text = '';
    for await (const chunk of stream as unknown as AsyncIterable<{ choices: { delta: Partial<Message> }[] }>) {
      const { content, tool_calls = [] } = chunk.choices[0]?.delta ?? {};
      text += content ?? '';
      for (const { index, ...call } of tool_calls as (ToolCall & { index: number })[]) {
        const open = calls[index];
        if (open) open.function.arguments += call.function.arguments;
        else calls[index] = call;
      }
    }
    return { role: 'assistant', content: text || null, ...(calls.length > 0 && { tool_calls: calls }) };
  }
}
