import type { EventSourceMessage } from 'eventsource-parser';
import * as z from 'zod';
import type { FinishReason, StreamEvent, TokenUsage } from '../../domain/response.ts';
import { isUnlistedServiceTier } from '../is-unlisted-service-tier.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import type { Endpoint, EndpointReply, StreamDecoder } from '../provider.ts';
import { emptyStreamError, streamCutOffError, unreadableReplyError, type Vendor } from '../provider-error.ts';
import { readEach } from '../read-each.ts';
import { SseReader } from '../sse-reader.ts';
import { decodeOpenAiFinishReason } from './decode-openai-finish-reason.ts';
import { decodeOpenAiUsage } from './decode-openai-usage.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

const text = z.string().optional().catch(undefined);

/** A reply of the legacy Completions, whole or one chunk of it: only what is read here, and nothing that is required. */
const replySchema = z.object({
  model: text,
  choices: z
    .array(z.object({ index: z.int().optional().catch(undefined), text, finish_reason: text }).catch({}))
    .optional()
    .catch(undefined),
  service_tier: text,
  usage: z.unknown().optional(),
  error: z.unknown().optional(),
});

interface CompletionsOptions {
  readonly vendor: Vendor;
  readonly needsIncludeUsage: boolean;
  /** Whether only `[DONE]` ends a stream. */
  readonly requiresDone: boolean;
}

/** Creates the endpoint of OpenAI's legacy Completions, which is only ever passed through. */
export function createCompletionsEndpoint({ vendor, needsIncludeUsage, requiresDone }: CompletionsOptions): Endpoint {
  return {
    path: '/completions',
    needsIncludeUsage,
    decodeResponse: (body) => decodeTextCompletion(body, vendor),
    createDecoder: (replies = 1) => new TextCompletionStreamDecoder({ vendor, requiresDone, replies }),
  };
}

/** Reads the body of a whole reply. Of several choices it reads the first. */
function decodeTextCompletion(body: string, vendor: Vendor): EndpointReply {
  const { data: reply } = replySchema.safeParse(parseJson(body));
  if (!reply) throw unreadableReplyError(vendor.name, 'it is not a JSON object');
  if (reply.error) throw mapOpenAiInBandError(reply.error, vendor, body);
  const { choices, model, service_tier: tier } = reply;
  const reported = { usage: decodeOpenAiUsage(reply.usage, tier), reportedModel: model };
  const choice = choices?.find(({ index = 0 }) => index === 0) ?? choices?.[0];
  if (!choice) throw unreadableReplyError(vendor.name, 'there is no choice in it', { reported });
  return {
    content: choice.text ? [{ type: 'text', text: choice.text }] : [],
    finishReason: decodeReason(choice.finish_reason),
    ...reported,
  };
}

/** Reads a streamed reply, of several choices that of index 0, and skips what it cannot read. */
class TextCompletionStreamDecoder implements StreamDecoder {
  readonly #vendor: Vendor;
  readonly #requiresDone: boolean;
  readonly #readsAnyIndex: boolean;
  readonly #reader = new SseReader();
  #started = false;
  #hasChoice = false;
  #finishReason: string | undefined;
  #tier: string | undefined;
  #usage: TokenUsage | undefined;
  #done = false;

  constructor({
    vendor,
    requiresDone,
    replies,
  }: Pick<CompletionsOptions, 'vendor' | 'requiresDone'> & { readonly replies: number }) {
    this.#vendor = vendor;
    this.#requiresDone = requiresDone;
    this.#readsAnyIndex = replies === 1;
  }

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    if (!this.#done) this.#readAll(this.#reader.push(bytes), events);
  }

  end(events: StreamEvent[], isClean = true): void {
    if (this.#done) return;
    const remaining = this.#reader.end();
    this.#readAll(remaining.filter(isWhole), events);
    if (this.#done) return;
    const isCut = !isClean || this.#requiresDone || !remaining.every(isWhole);
    if (isCut || this.#finishReason === undefined) throw streamCutOffError(this.#vendor.name);
    this.#finish(events);
  }

  #readAll(messages: readonly EventSourceMessage[], events: StreamEvent[]): void {
    readEach(messages, (message) => this.#read(message, events), true);
  }

  #read({ event, data }: EventSourceMessage, events: StreamEvent[]): void {
    if (this.#done) return;
    if (isTerminator(data)) this.#finish(events);
    if (this.#done) return;
    const json = parseJson(data);
    const chunk = replySchema.safeParse(json).data;
    if (chunk?.error) throw mapOpenAiInBandError(chunk.error, this.#vendor, data);
    if (event === 'error') throw mapOpenAiInBandError(json ?? data.trim(), this.#vendor, data);
    if (chunk) this.#readChunk(chunk, events);
  }

  #readChunk({ model, choices = [], service_tier: tier, usage }: z.infer<typeof replySchema>, events: StreamEvent[]) {
    if (model !== undefined && !this.#started) {
      this.#started = true;
      events.push({ type: 'start', reportedModel: model });
    }
    this.#hasChoice ||= choices.length > 0;
    const choice = this.#readsAnyIndex ? choices[0] : choices.find(({ index = 0 }) => index === 0);
    if (choice?.text) events.push({ type: 'text', text: choice.text });
    this.#finishReason = choice?.finish_reason ?? this.#finishReason;
    if (tier !== undefined && tier !== this.#tier && isUnlistedServiceTier(tier)) {
      events.push({ type: 'usage', usage: markUnpriced(this.#usage) });
    }
    this.#tier = tier ?? this.#tier;
    // Nearly every chunk says null.
    const counted = usage ? decodeOpenAiUsage(usage, this.#tier) : undefined;
    if (!counted) return;
    this.#usage = counted;
    events.push({ type: 'usage', usage: counted });
  }

  #finish(events: StreamEvent[]): void {
    this.#done = true;
    if (!this.#hasChoice) throw emptyStreamError(this.#vendor.name);
    events.push({ type: 'finish', finishReason: decodeReason(this.#finishReason) });
  }
}

function decodeReason(reason: string | undefined): FinishReason {
  return decodeOpenAiFinishReason(reason, { refused: false, calledTools: false });
}

function isTerminator(data: string): boolean {
  return data.trim().toUpperCase() === '[DONE]';
}

/** Data at the end of a body that cannot be read was cut off there. */
function isWhole({ data }: EventSourceMessage): boolean {
  return isTerminator(data) || parseJson(data) !== undefined;
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
