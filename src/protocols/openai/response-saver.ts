import type { TranslationReport } from '../../domain/translation-report.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import type { ResponseObject } from './openai-response-api-types.ts';

interface SaverOptions {
  readonly responses: ResponseStore;
  readonly tenantId: string;
  /** The items of the request's own input. */
  readonly input: readonly object[];
  readonly translation: TranslationReport;
}

/** Stores the reply to one request before its client sees the end of it. */
export class ResponseSaver {
  readonly #options: SaverOptions;

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  /** Stores a whole reply. Resolves with whether it is stored, and reports where it is not. Never rejects. */
  async save(response: ResponseObject): Promise<boolean> {
    const { responses, tenantId, input, translation } = this.#options;
    const { output, ...reply } = response;
    const isSaved = await responses.save({
      tenantId,
      id: response.id,
      previousId: response.previous_response_id,
      input: JSON.stringify(input),
      output: JSON.stringify(output),
      reply: JSON.stringify(reply),
    });
    if (!isSaved) translation.adjust(['store']);
    return isSaved;
  }
}
