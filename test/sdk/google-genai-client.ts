import {
  ApiError,
  type Content,
  type FunctionCallingConfig,
  FunctionCallingConfigMode,
  type GenerateContentConfig,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai';
import type { Image, ModelRequest, Reply, SdkClient, Target, Turn } from './normal-form.ts';

/** The official `@google/genai` client. It has one class of errors for all statuses. */
export function googleGenAiClient(gatewayUrl: string): SdkClient {
  return {
    name: 'gemini',
    errors: {
      api: ApiError,
      connection: TypeError,
      abort: DOMException,
      400: ApiError,
      401: ApiError,
      403: ApiError,
      404: ApiError,
      429: ApiError,
      500: ApiError,
      502: ApiError,
    },
    // The protocol has no such field.
    lacks: ['one tool at a time'],
    // It reads no header that says so.
    retriesInVain: true,
    send: async (target, ask) => toReply(await send(gatewayUrl, target, ask)),
  };
}

async function send(gatewayUrl: string, target: Target, ask: ModelRequest): Promise<GenerateContentResponse[]> {
  const { key, retries, signal, stream, onRequest, onText, model } = target;
  const client = new GoogleGenAI({
    apiKey: key,
    httpOptions: {
      baseUrl: gatewayUrl,
      retryOptions: { attempts: retries + 1 },
      fetch: (url, init) => {
        onRequest();
        return fetch(url, init);
      },
    },
  });
  const params = { model, contents: toContents(ask.turns), config: { ...toConfig(ask), abortSignal: signal } };
  if (!stream) return [await client.models.generateContent(params)];
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await client.models.generateContentStream(params)) {
    chunks.push(chunk);
    if (partsOf(chunk).some(({ text }) => text)) onText();
  }
  return chunks;
}

function toConfig({ system, tools, toolChoice, schema, stop, maxTokens }: ModelRequest): GenerateContentConfig {
  const declarations = tools?.map(({ name, parameters }) => ({ name, parametersJsonSchema: parameters }));
  return {
    maxOutputTokens: maxTokens ?? 1000,
    ...(system !== undefined && { systemInstruction: system }),
    ...(stop && { stopSequences: [...stop] }),
    ...(declarations && { tools: [{ functionDeclarations: declarations }] }),
    ...(toolChoice && { toolConfig: { functionCallingConfig: toCallingConfig(toolChoice) } }),
    ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
  };
}

function toCallingConfig(choice: NonNullable<ModelRequest['toolChoice']>): FunctionCallingConfig {
  const mode = FunctionCallingConfigMode.ANY;
  return choice === 'required' ? { mode } : { mode, allowedFunctionNames: [choice.name] };
}

function toContents(turns: readonly Turn[]): Content[] {
  const names = new Map(
    turns
      .flatMap((turn) => (turn.role === 'assistant' ? (turn.toolCalls ?? []) : []))
      .map(({ id, name }) => [id, name]),
  );
  return turns.map((turn) => toContent(turn, names));
}

function toContent(turn: Turn, names: ReadonlyMap<string, string>): Content {
  switch (turn.role) {
    case 'user':
      return { role: 'user', parts: [{ text: turn.text }, ...(turn.image ? [toImage(turn.image)] : [])] };
    case 'assistant': {
      const text = turn.text === '' ? [] : [{ text: turn.text }];
      const calls = (turn.toolCalls ?? []).map(({ id, name, input }) => ({
        functionCall: { id, name, args: input as Record<string, unknown> },
      }));
      return { role: 'model', parts: [...text, ...calls] };
    }
    case 'results': {
      const parts = turn.results.map(({ id, text }) => ({
        functionResponse: { id, name: names.get(id) ?? '', response: { output: text } },
      }));
      return { role: 'user', parts };
    }
  }
}

function toImage(image: Image): Part {
  const mimeType = 'image/png';
  return 'png' in image
    ? { inlineData: { mimeType, data: image.png } }
    : { fileData: { mimeType, fileUri: image.url } };
}

function partsOf(chunk: GenerateContentResponse | undefined): readonly Part[] {
  return chunk?.candidates?.[0]?.content?.parts ?? [];
}

const finishes: Readonly<Record<string, Reply['finish']>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'refusal',
};

function toReply(chunks: readonly GenerateContentResponse[]): Reply {
  const last = chunks.at(-1);
  const reason = last?.candidates?.[0]?.finishReason ?? '';
  const finish = finishes[reason];
  if (finish === undefined) throw new Error(`${reason} came as finish reason`);
  const parts = chunks.flatMap(partsOf);
  const toolCalls = parts.flatMap(({ functionCall: call }) =>
    call ? [{ id: call.id ?? '', name: call.name ?? '', input: call.args }] : [],
  );
  const { promptTokenCount: input = 0, candidatesTokenCount = 0, thoughtsTokenCount = 0 } = last?.usageMetadata ?? {};
  return {
    text: parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join(''),
    toolCalls,
    finish: finish === 'stop' && toolCalls.length > 0 ? 'tool_calls' : finish,
    usage: { input, output: candidatesTokenCount + thoughtsTokenCount },
  };
}
