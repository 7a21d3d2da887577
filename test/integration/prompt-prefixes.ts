/** The system prompt of a conversation: 20 KB, with a mark by which the provider's record of its requests is found. */
export function createSystemPrompt(mark: string): string {
  return `${mark} ${'You answer questions about the weather, briefly and in the language of the question. '.repeat(240)}`;
}

const parameters = {
  type: 'object',
  properties: { city: { type: 'string', description: 'As the user writes it' }, days: { type: 'integer' } },
  required: ['city'],
};

/** Eight tools. */
const tools = Array.from({ length: 8 }, (_, index) => ({
  name: `tool_${index}`,
  description: `Reads the weather from source ${index}.`,
  parameters,
}));

/** A tool call, its result and a text stand between two questions. */
interface Exchange {
  readonly question: string;
  readonly call: { readonly id: string; readonly name: string; readonly input: object };
  readonly result: string;
  readonly answer: string;
}

function createExchanges(count: number): Exchange[] {
  return Array.from({ length: count }, (_, index) => ({
    question: `[[scenario:prompt-cache]] Question ${index} — Zürich?`,
    call: { id: `call_${index}`, name: `tool_${index % 8}`, input: { city: 'Zürich', days: index } },
    result: `{"degrees": ${index}.0}`,
    answer: `It is ${index} degrees.`,
  }));
}

/** Creates the request of a turn, from 0: all exchanges before it and its question. */
type RequestOfTurn = (model: string, system: string, turn: number) => readonly [path: string, body: object];

const chat: RequestOfTurn = (model, system, turn) => {
  const before = createExchanges(turn).flatMap(({ question, call, result, answer }) => [
    { role: 'user', content: question },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: call.id, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.input) } },
      ],
    },
    { role: 'tool', tool_call_id: call.id, content: result },
    { role: 'assistant', content: answer },
  ]);
  const messages = [{ role: 'system', content: system }, ...before, { role: 'user', content: lastQuestion(turn) }];
  return [
    '/v1/chat/completions',
    { model, messages, tools: tools.map((tool) => ({ type: 'function', function: tool })) },
  ];
};

const responses: RequestOfTurn = (model, system, turn) => {
  const before = createExchanges(turn).flatMap(({ question, call, result, answer }) => [
    { role: 'user', content: question },
    { type: 'function_call', call_id: call.id, name: call.name, arguments: JSON.stringify(call.input) },
    { type: 'function_call_output', call_id: call.id, output: result },
    { role: 'assistant', content: answer },
  ]);
  const input = [...before, { role: 'user', content: lastQuestion(turn) }];
  const functions = tools.map((tool) => ({ type: 'function', ...tool, strict: false }));
  return ['/v1/responses', { model, instructions: system, input, tools: functions, store: false }];
};

const messages: RequestOfTurn = (model, system, turn) => {
  const before = createExchanges(turn).flatMap(({ question, call, result, answer }) => [
    { role: 'user', content: question },
    { role: 'assistant', content: [{ type: 'tool_use', id: call.id, name: call.name, input: call.input }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: result }] },
    { role: 'assistant', content: answer },
  ]);
  const all = [...before, { role: 'user', content: lastQuestion(turn) }];
  const named = tools.map(({ parameters: input_schema, ...tool }) => ({ ...tool, input_schema }));
  return ['/v1/messages', { model, max_tokens: 100, system, messages: all, tools: named }];
};

const gemini: RequestOfTurn = (model, system, turn) => {
  const before = createExchanges(turn).flatMap(({ question, call, result, answer }) => [
    { role: 'user', parts: [{ text: question }] },
    { role: 'model', parts: [{ functionCall: { name: call.name, args: call.input } }] },
    { role: 'user', parts: [{ functionResponse: { name: call.name, response: JSON.parse(result) } }] },
    { role: 'model', parts: [{ text: answer }] },
  ]);
  const contents = [...before, { role: 'user', parts: [{ text: lastQuestion(turn) }] }];
  const body = { systemInstruction: { parts: [{ text: system }] }, contents, tools: [{ functionDeclarations: tools }] };
  return [`/v1beta/models/${model}:generateContent`, body];
};

/** The native protocol has no tools. */
const native: RequestOfTurn = (model, system, turn) => {
  const before = createExchanges(turn).flatMap(({ question, answer }) => [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ]);
  const all = [{ role: 'system', content: system }, ...before, { role: 'user', content: lastQuestion(turn) }];
  const [provider, name] = model.includes('/') ? model.split('/') : [undefined, model];
  return ['/api/chat/completions', { provider, model: name, messages: all }];
};

function lastQuestion(turn: number): string {
  return createExchanges(turn + 1)[turn]?.question ?? '';
}

/** The same conversation on each surface. */
export const requestsOfTurns = { chat, responses, messages, gemini, native };
