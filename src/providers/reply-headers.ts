import { maskAccountText } from './mask-account.ts';

const visibleHeaders = ['openai-processing-ms', 'openai-version', 'retry-after'];

/** Those of Anthropic's that name an account or a rate limit: `anthropic-organization-id`, `anthropic-priority-input-tokens-limit`. */
const accountHeaders = /org|project|workspace|account|user|ratelimit|rate-limit|cookie|key|-(?:limit|remaining|reset)$/;

/** Selects the headers of a provider's reply that clients of its protocol get. */
export function selectReplyHeaders(headers: Headers): [name: string, value: string][] {
  const selected: [name: string, value: string][] = [];
  // By names: each value that is read costs a crossing into the runtime, and vendors send dozens.
  for (const name of headers.keys()) {
    const isVisible = name.startsWith('anthropic-') ? !accountHeaders.test(name) : visibleHeaders.includes(name);
    if (isVisible) selected.push([name, maskAccountText(headers.get(name) ?? '', [])]);
  }
  return selected;
}

/** Returns the vendor's id of a request: Anthropic's `request-id`, others' `x-request-id`. Undefined where it is no id. */
export function readUpstreamRequestId(headers: Headers): string | undefined {
  const id = headers.get('request-id') ?? headers.get('x-request-id') ?? '';
  return /^[\w.:-]{1,128}$/.test(id) ? id : undefined;
}
