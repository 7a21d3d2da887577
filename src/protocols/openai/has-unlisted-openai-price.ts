import { jsonTextIncludes } from '../../lib/edit-json-object.ts';
import { isUnlistedServiceTier } from '../../providers/is-unlisted-service-tier.ts';

/**
 * The tools of OpenAI's protocols that the client runs, or that cost their tokens only. Vendors run any other one
 * (`web_search`, `file_search`, `code_interpreter`, `image_generation`) and bill it by itself, or may do so.
 */
const unbilledTools: ReadonlySet<unknown> = new Set([
  ...[undefined, null, 'function', 'custom', 'namespace', 'tool_search', 'mcp'],
  ...['computer', 'computer_use_preview', 'computer-preview', 'local_shell', 'apply_patch'],
]);

/** Options that make a vendor search the web: OpenAI's, OpenRouter's and xAI's. */
const searchOptions = ['web_search_options', 'plugins', 'search_parameters'];

/**
 * Returns whether a request of OpenAI's asks for what has another price than its model's tokens, one that no list knows: a
 * service tier beside the standard one, audio, pictures as output, or a tool that the vendor runs. `text` is the body as it came.
 */
export function hasUnlistedPrice(body: Readonly<Record<string, unknown>>, text: string): boolean {
  const { service_tier, modalities, tools, input } = body;
  return (
    isUnlistedServiceTier(service_tier) ||
    toList(modalities).some((modality) => modality !== 'text') ||
    jsonTextIncludes(text, body, '"input_audio"') ||
    searchOptions.some((name) => isSet(body[name])) ||
    toList(tools).some(isBilledTool) ||
    // Tools that are added in mid-conversation.
    toList(input).some((item) => isObject(item) && toList(item.tools).some(isBilledTool))
  );
}

function isBilledTool(tool: unknown): boolean {
  if (!isObject(tool)) return false;
  const { type, environment } = tool;
  // In a container of the vendor's, or on the client's own machine.
  if (type === 'shell') return isObject(environment) && environment.type !== 'local';
  return !unbilledTools.has(type);
}

function isSet(option: unknown): boolean {
  return Array.isArray(option) ? option.length > 0 : option !== undefined && option !== null;
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
