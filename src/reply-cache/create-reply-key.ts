import { toBase64Url } from '../lib/base64-url.ts';
import { concatBytes } from '../lib/concat-bytes.ts';

/** What has to be equal for two requests to have one reply. */
export interface ReplyKeyParts {
  readonly tenantId: string;
  /** The path with its query. */
  readonly path: string;
  /** The headers of the protocol that change a reply. Undefined: absent. */
  readonly headers: readonly (string | undefined)[];
  /** Whether fields that a translation drops are an error. */
  readonly isStrict: boolean;
  /** Absent for a request that names no route and lists no models. */
  readonly route: { readonly name: string; readonly tenantId: string | null; readonly version: number } | undefined;
  /** The targets that the request may use, in any order. Routes of routes.json have no other version. */
  readonly targets: readonly (readonly [providerId: string, model: string, params: unknown])[];
  readonly body: ArrayBuffer;
}

const encoder = new TextEncoder();

/** Creates the key of a reply: a URL under an origin, that names the parts by their SHA-256. */
export async function createReplyKey(origin: string, { targets, ...parts }: ReplyKeyParts): Promise<string> {
  const { tenantId, path, headers, isStrict, route, body } = parts;
  const destination = [
    route?.name,
    route?.tenantId,
    route?.version,
    targets.map((each) => JSON.stringify(each)).sort(),
  ];
  // A line of JSON has no end of line but its own.
  const line = `${JSON.stringify([tenantId, path, headers, isStrict, destination])}\n`;
  const bytes = concatBytes([new Uint8Array(encoder.encode(line)), new Uint8Array(body)]);
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return `${origin}/reply-cache/${toBase64Url(new Uint8Array(digest))}`;
}
