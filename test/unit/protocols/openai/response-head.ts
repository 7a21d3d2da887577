import { createResponseSettings } from '../../../../src/protocols/openai/create-response-settings.ts';
import type { ResponseHead } from '../../../../src/protocols/openai/encode-openai-response.ts';
import { responsesRequestSchema } from '../../../../src/protocols/openai/openai-responses-request-schema.ts';
import { ResponseToolNames } from '../../../../src/protocols/openai/response-tool-names.ts';

/** What the replies to a request say of themselves: `docs__search` is a tool of a namespace, `patch` a custom one. */
export function createHead(body: Readonly<Record<string, unknown>> = {}): ResponseHead {
  const toolNames = new ResponseToolNames();
  toolNames.add({ name: 'f', isCustom: false });
  toolNames.add({ name: 'patch', isCustom: true });
  toolNames.add({ name: 'search', namespace: 'docs', isCustom: false });
  const settings = createResponseSettings(responsesRequestSchema.strip().parse(body), body);
  return {
    idSuffix: '01K',
    model: 'claude-x',
    createdAtMs: 1_700_000_000_000,
    now: () => 1_700_000_002_000,
    previousResponseId: null,
    store: false,
    settings,
    toolNames,
  };
}
