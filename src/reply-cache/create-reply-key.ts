import { sha256 } from '../lib/sha256.ts';

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

/** Creates the key of a reply: a URL under an origin, that names the parts by their SHA-256. */
export async function createReplyKey(origin: string, { targets, ...parts }: ReplyKeyParts): Promise<string> {
  const { tenantId, path, headers, isStrict, route, body } = parts;
  const destination = [
    route?.name,
    route?.tenantId,
    route?.version,
    targets.map((each) => JSON.stringify(each)).sort(),
  ];
  const hash = await sha256(JSON.stringify([tenantId, path, headers, isStrict, destination, await sha256(body)]));
  return new URL(`/reply-cache/${hash}`, origin).href;
}
