import type { OpenApiRegistry } from './components.ts';
import type { ErrorFormat } from './error-responses.ts';
import type { HeaderComponents } from './headers.ts';

/** What the `openapi.ts` of a client protocol contributes to the document. */
export interface ProtocolApi {
  readonly tag: { readonly name: string; readonly description: string };
  readonly errors: ErrorFormat;
  /** The headers that only this protocol's responses have. */
  readonly headers: HeaderComponents;
  readonly routes: readonly Parameters<OpenApiRegistry['registerPath']>[0][];
}
