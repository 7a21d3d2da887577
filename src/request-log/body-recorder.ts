import type { RequestBodiesRow } from '../db/queries/request-bodies.ts';
import type { RequestPrincipal } from '../domain/principal.ts';
import { toBase64 } from '../lib/base64-url.ts';
import { gzip } from '../lib/gzip.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import type { BodyCollector, KeptText } from './body-collector.ts';

interface BodyRecorderOptions {
  /** 0: no bodies are kept. */
  readonly retentionDays: number;
  readonly insert: (row: RequestBodiesRow, retentionDays: number) => Promise<void>;
  readonly logger: Logger;
}

/** A request that has ended, with what was collected of its bodies. */
export interface EndedRequest {
  readonly requestId: string;
  readonly tenantId: string;
  readonly endUser: string | undefined;
  readonly request: BodyCollector | undefined;
  readonly reply: BodyCollector | undefined;
  /** Whether the reply is an event stream or JSON lines. */
  readonly isStream: boolean;
  /** The API key of the client, which may have no recognisable shape. */
  readonly secrets: readonly string[];
}

/** Keeps the bodies of requests of the API keys that ask for it. */
export class BodyRecorder {
  readonly #options: BodyRecorderOptions;

  constructor(options: BodyRecorderOptions) {
    this.#options = options;
  }

  /** Returns whether bodies of an API key's requests are kept at all. */
  keepsBodiesOf({ keepBodies }: Pick<RequestPrincipal, 'keepBodies'>): boolean {
    return keepBodies !== 'none' && this.#options.retentionDays > 0;
  }

  /** Masks and writes the bodies of a request. Never rejects: a failure is logged, and the bodies are lost. */
  async record({ requestId, tenantId, endUser, ...ended }: EndedRequest): Promise<void> {
    const { insert, retentionDays, logger } = this.#options;
    try {
      const { secrets, isStream } = ended;
      const request = ended.request?.mask(secrets, { isStream: false });
      const reply = ended.reply?.mask(secrets, { isStream });
      if (!request && !reply) return;
      const row = {
        request: await compress(request),
        reply: await compress(reply),
        isRequestCut: request?.isCut ?? false,
        isReplyCut: reply?.isCut ?? false,
      };
      await insert({ requestId, tenantId, endUser: endUser ?? null, ...row }, retentionDays);
    } catch (error) {
      logger.error('request bodies not kept', { requestId, cause: errorName(error) });
    }
  }
}

async function compress(body: KeptText | undefined): Promise<string | null> {
  return body ? toBase64(await gzip(body.text)) : null;
}
