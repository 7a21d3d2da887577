import { GatewayError } from '../domain/errors.ts';
import { isVendorKey } from './vendor-keys.ts';

/** The headers that can carry the key of this gateway: its own, and those in which clients of vendors and gateways send theirs. */
export const keyHeaders: readonly string[] = [
  'X-Gateway-Key',
  'X-API-Key',
  'api-key',
  'x-goog-api-key',
  'x-portkey-api-key',
  'Authorization',
];

interface Credential {
  readonly header: string;
  readonly value: string;
}

/** Parameters by which URLs carry keys: `key`, `api_key`, `api-key`, `apiKey`, `x-goog-api-key`, `access_token`. */
const keyParameter =
  /^(?:(?:x[-_]?)?(?:(?:gateway|goog|portkey|subscription|api)[-_]?){0,2}key|(?:access[-_]?|auth[-_]?)?token|authorization)$/i;

/**
 * Returns the API key of a request. Vendors' own keys are set aside if another header carries any other value: an SDK sends them
 * from its environment. Throws `unauthorized` for no key and for one in the URL, `invalid_request` if several keys are left.
 */
export function readApiKey({ headers, url }: Pick<Request, 'headers' | 'url'>): string {
  rejectKeyInUrl(url);
  const credentials = findCredentials(headers);
  const [first] = credentials;
  if (!first) throw missingKey(headers);
  if (credentials.every(({ value }) => value === first.value)) return first.value;
  const candidates = credentials.filter(({ value }) => !isVendorKey(value));
  const [candidate] = candidates;
  if (!candidate) {
    const fix = 'send the key of this gateway in one of them';
    throw new GatewayError('invalid_request', `${listHeaders(credentials)} carry different keys of providers: ${fix}.`);
  }
  if (candidates.every(({ value }) => value === candidate.value)) return candidate.value;
  const fix = 'send the key of this gateway once, or the same key in each of them';
  throw new GatewayError('invalid_request', `${listHeaders(candidates)} carry different keys: ${fix}.`);
}

/** Lists the values of all key headers. An empty header is an absent one, a repeated one has several values. */
function findCredentials(headers: Headers): Credential[] {
  const found: Credential[] = [];
  for (const header of keyHeaders) {
    const text = headers.get(header);
    if (!text) continue;
    for (const part of text.split(',')) {
      const value = header === 'Authorization' ? readBearer(part) : part.trim();
      if (value) found.push({ header, value });
    }
  }
  return [...found, ...readSubprotocolKeys(headers)];
}

/** Browsers cannot set headers of a WebSocket. They send the key beside the subprotocol, as `key.<KEY>`. */
function readSubprotocolKeys(headers: Headers): Credential[] {
  const header = 'Sec-WebSocket-Protocol';
  const text = headers.get(header);
  if (text === null) return [];
  const names = text.split(',').map((name) => name.trim());
  return names.flatMap((name) => (/^key\../.test(name) ? { header, value: name.slice('key.'.length) } : []));
}

function readBearer(text: string): string | undefined {
  return /^\s*bearer\s+(.*)$/i.exec(text)?.[1]?.trim();
}

function listHeaders(credentials: readonly Credential[]): string {
  const names = [...new Set(credentials.map(({ header }) => header))];
  const last = names.pop();
  return names.length > 0 ? `${names.join(', ')} and ${last}` : `Several ${last} headers`;
}

function missingKey(headers: Headers): GatewayError {
  const authorization = headers.get('authorization')?.trim() ?? '';
  return new GatewayError(
    'unauthorized',
    authorization === '' || /^bearer\b/i.test(authorization)
      ? 'No API key: send it as X-API-Key, or as Authorization: Bearer.'
      : 'Authorization must begin with Bearer: send Authorization: Bearer YOUR_API_KEY.',
  );
}

/** URLs stand in logs, histories and referrers. */
function rejectKeyInUrl(url: string): void {
  const start = url.indexOf('?');
  if (start < 0) return;
  for (const name of new URLSearchParams(url.slice(start)).keys()) {
    if (keyParameter.test(name)) {
      const fix = 'send it in the header X-API-Key, or as Authorization: Bearer';
      throw new GatewayError(
        'unauthorized',
        `A URL cannot carry the API key (${name}), because URLs are logged: ${fix}.`,
      );
    }
  }
}
