import type { ChatRequest } from '../domain/request.ts';
import { estimateTokens } from '../usage/estimate-tokens.ts';
import type { RequestSize } from './gateway-request.ts';

/** What vendors add for each message: roles and separators. */
const tokensPerMessage = 4;
/** About what the vendors' larger models count for a picture of a full screen: 765 to 1,600, and more for larger ones. */
const tokensPerImage = 1_600;
/** What names things, and is no part of what a model reads. */
const names: ReadonlySet<string> = new Set(['type', 'role', 'id', 'toolCallId', 'tool_call_id', 'tool_use_id']);
const imageTypes: ReadonlySet<string> = new Set(['image', 'image_url', 'input_image']);

/** The size of a call in the gateway's own words. */
export function estimateRequestSize({
  messages,
  tools,
  responseFormat,
  maxTokens,
}: Omit<ChatRequest, 'model'>): RequestSize {
  return { input: estimateInputTokens({ messages, tools, format: responseFormat }), maxOutput: maxTokens };
}

interface Input {
  /** A list of messages, or any other input of a model: of the gateway's, of OpenAI's or of Anthropic's protocol. */
  readonly messages: unknown;
  readonly system?: unknown;
  readonly tools?: unknown;
  readonly format?: unknown;
}

/** About how many tokens go into a call: its texts, its tools with their schemas, and so much for each image. */
export function estimateInputTokens({ messages, system, tools, format }: Input): number {
  const found: Found = { texts: [], images: 0 };
  collect([system, messages], found, false);
  collect([tools, format], found, true);
  const count = Array.isArray(messages) ? messages.length : 0;
  return estimateTokens(found.texts.join('\n')) + tokensPerMessage * count + tokensPerImage * found.images;
}

interface Found {
  readonly texts: string[];
  images: number;
}

/** With `named`, the names of fields count too, as they do in schemas. */
function collect(root: unknown, found: Found, named: boolean): void {
  // Not by recursion: a body may be nested as deeply as it is long.
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') found.texts.push(value);
    else if (Array.isArray(value)) for (let index = value.length - 1; index >= 0; index -= 1) open.push(value[index]);
    else if (typeof value === 'object' && value !== null) {
      if (!named && 'type' in value && typeof value.type === 'string' && imageTypes.has(value.type)) found.images += 1;
      else {
        for (const [name, inner] of Object.entries(value).reverse()) {
          if (named) found.texts.push(`"${name}": `);
          if (named || !names.has(name)) open.push(inner);
        }
      }
    }
  }
}
