import type { FinishReason } from '../domain/response.ts';

type Body = Readonly<Record<string, unknown>>;

/** Fields by which a request depends on, or leaves, what is not in its body. */
const statefulFields = ['previous_response_id', 'conversation', 'thread', 'container', 'background'];
/** Fields that have a provider search, or call tools of its own. */
const hostedToolFields = ['web_search_options', 'search_parameters', 'mcp_servers', 'plugins'];
/** The types of tools that the client runs. */
const clientToolTypes: readonly unknown[] = ['function', 'custom', 'namespace'];
const finishReasons: readonly FinishReason[] = ['stop', 'length', 'tool_calls'];

/**
 * Returns whether the reply to a request can answer an equal one: not where the request is stored, goes on from what is stored, or has
 * tools that the provider runs. `storesByDefault`: a request that does not say `store: false` is stored.
 */
export function isCacheableRequest(
  body: Body,
  { storesByDefault = false }: { readonly storesByDefault?: boolean },
): boolean {
  const isStored = storesByDefault ? body.store !== false : Boolean(body.store);
  // Of several choices only the first is metered: a refusal in another one would not be seen.
  if (isStored || (typeof body.n === 'number' && body.n > 1)) return false;
  if ([...statefulFields, ...hostedToolFields].some((field) => Boolean(body[field]))) return false;
  return !Array.isArray(body.tools) || body.tools.every(isClientTool);
}

/** Returns whether a reply that ended so can answer an equal request. `content_filter` covers refusals. */
export function isCacheableFinish(reason: string | null): reason is FinishReason {
  return finishReasons.some((cacheable) => cacheable === reason);
}

/** Tools of the vendor's protocols have a type; Anthropic's clients may leave it out, and Gemini's list functions by a name. */
function isClientTool(tool: unknown): boolean {
  if (typeof tool !== 'object' || tool === null) return false;
  if ('type' in tool && tool.type !== null) return clientToolTypes.includes(tool.type);
  if ('name' in tool) return true;
  return Object.keys(tool).every((name) => name === 'functionDeclarations');
}
