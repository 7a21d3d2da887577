import { getModelFamily } from '../../domain/model-family.ts';
import type { ChatRequest } from '../../domain/request.ts';
import type { ChatGatewayRequest, Target } from '../gateway-request.ts';
import { Compactions } from './compactions.ts';
import type { OpaqueValues, Origin } from './continuation.ts';
import { ContinuationCodec } from './continuation-codec.ts';
import type { ContinuationStore } from './continuation-store.ts';
import { mapToolCallIds } from './map-tool-call-ids.ts';
import { ReplyContinuations } from './reply-continuations.ts';
import { restoreContinuations } from './restore-continuations.ts';

interface ContinuityOptions {
  readonly opaqueValues: OpaqueValues;
  readonly store: Pick<ContinuationStore, 'find' | 'save'>;
}

/** The request of a client that can send opaque values back. */
type ContinuedRequest = Pick<ChatGatewayRequest, 'principal' | 'chat'>;

/**
 * Carries what vendors want back of their own replies (signed reasoning, signatures of tool calls) through the protocols of
 * clients, as opaque values: encrypted for one tenant, and given back to the provider and the model family that wrote it.
 */
export class Continuity {
  readonly compactions: Compactions;
  readonly #options: ContinuityOptions;

  constructor(options: ContinuityOptions) {
    this.compactions = new Compactions(options.opaqueValues);
    this.#options = options;
  }

  /** Resolves with a chat request as the target is to get it. */
  async restore({ principal, chat }: ContinuedRequest, target: Target): Promise<Omit<ChatRequest, 'model'>> {
    const { opaqueValues, store } = this.#options;
    const codec = new ContinuationCodec(opaqueValues, toOrigin(principal.tenantId, target));
    const find = needsContinuation(chat, target)
      ? (ids: readonly string[]) => store.find(principal.tenantId, ids)
      : undefined;
    const onLeftOut = (messageIndex: number, partIndex: number) =>
      chat.translation?.leaveOut(['messages', messageIndex, 'content', partIndex]);
    const restored = await restoreContinuations(chat.messages, { codec, find, onLeftOut });
    const messages = await mapToolCallIds(restored);
    return messages === chat.messages ? chat : { ...chat, messages };
  }

  /** Creates what gives the reply of a request its opaque values. */
  createReply({ principal, chat }: ContinuedRequest, target: Target): ReplyContinuations {
    const { opaqueValues, store } = this.#options;
    const { tenantId } = principal;
    const codec = new ContinuationCodec(opaqueValues, toOrigin(tenantId, target));
    const save = needsContinuation(chat, target)
      ? (id: string, value: string) => store.save(tenantId, id, value)
      : undefined;
    return new ReplyContinuations({ codec, save });
  }
}

function toOrigin(tenantId: string, { provider, model }: Target): Origin {
  return { tenantId, provider: provider.id, family: getModelFamily(model) };
}

function needsContinuation(chat: Omit<ChatRequest, 'model'>, { provider, model }: Target): boolean {
  return provider.needsContinuation?.({ ...chat, model }) ?? false;
}
