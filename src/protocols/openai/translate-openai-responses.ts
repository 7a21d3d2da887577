import type { ChatRequest } from '../../domain/request.ts';
import { TranslationReport } from '../../domain/translation-report.ts';
import type { Compactions } from '../../gateway/continuity/compactions.ts';
import type { Target } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import { keepExactNumbers } from '../../lib/exact-json.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { dropFields } from '../field-policy.ts';
import { parseTranslated, translateFields } from '../translate-fields.ts';
import { findPreviousItems, parsePreviousId } from './find-previous-items.ts';
import { openCompactions } from './open-compactions.ts';
import { openAiResponsesPolicy } from './openai-responses-field-policy.ts';
import type { ResponsesRequest } from './openai-responses-request-schema.ts';
import { parseOpenAiResponsesRequest } from './parse-openai-responses-request.ts';
import { resolveItemReferences } from './resolve-item-references.ts';
import { ResponseToolNames } from './response-tool-names.ts';
import { ResponsesRequestPaths } from './responses-request-paths.ts';

type Body = Readonly<Record<string, unknown>>;

/** The fields with JSON of the client's own, whose numbers reach the provider as they are. */
const jsonFields = [
  ['tools', '*', 'parameters'],
  ['tools', '*', 'tools', '*', 'parameters'],
  ['text', 'format', 'schema'],
  // Some clients send the arguments as an object.
  ['input', '*', 'arguments'],
];

/** A Responses request as a provider of another protocol gets it. */
export interface TranslatedResponsesRequest {
  /** As the client has sent it, but for references to stored items, in whose place the items are. */
  readonly body: Body;
  readonly chat: Omit<ChatRequest, 'model'>;
  /** Those of the fields that reach the provider. */
  readonly fields: ResponsesRequest;
  readonly toolNames: ResponseToolNames;
  readonly translation: TranslationReport;
  readonly previousResponseId: string | null;
  /** The items of the stored responses that the request continues. */
  readonly previousItems: readonly unknown[];
  /** Maps an error so that it names the fields where the client has sent them. */
  readonly mapError: (thrown: unknown) => unknown;
}

/**
 * Translates a Responses request, the stored responses that it continues before its input. Throws `invalid_request` that names the
 * parameter, and `not_found` for a response that is not stored. Numbers in `body` are made exact, by its `text`.
 */
export async function translateOpenAiResponses(
  context: HttpContext,
  responses: ResponseStore,
  {
    target: { provider },
    compactions,
    text,
    body: sentBody,
  }: { readonly target: Target; readonly compactions: Compactions; readonly text: string; readonly body: Body },
): Promise<TranslatedResponsesRequest> {
  const principal = context.get('principal');
  const previousResponseId = parsePreviousId(sentBody);
  const storedItems = await findPreviousItems(responses, principal, previousResponseId);
  keepExactNumbers(text, sentBody, jsonFields);
  const body = await resolveItemReferences(responses, principal, sentBody);
  const open = (items: readonly unknown[]) => openCompactions(compactions, principal.tenantId, items);
  const opened = Array.isArray(body.input) ? { ...body, input: await open(body.input) } : body;
  const paths = new ResponsesRequestPaths();
  const toolNames = new ResponseToolNames();
  const { body: translated, report: translation } = translateFields(context, {
    body: opened,
    policy: openAiResponsesPolicy,
    provider,
    mapPath: (path) => paths.map(path),
  });
  // What was left out of the input of an earlier request has been reported with that request.
  const unreported = new TranslationReport();
  const continued = { input: await open(storedItems) };
  const previous = dropFields(continued, openAiResponsesPolicy, provider.translationTarget, unreported);
  const previousItems: readonly unknown[] = Array.isArray(previous.input) ? previous.input : [];
  const { chat, fields } = parseTranslated(translation, () =>
    parseOpenAiResponsesRequest(translated, { toolNames, paths, translation, previousItems }),
  );
  const mapError = (thrown: unknown) => translation.locateError(paths.mapError(thrown));
  return { body, chat, fields, toolNames, translation, previousResponseId, previousItems: storedItems, mapError };
}
