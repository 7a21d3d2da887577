import { concatBytes } from '../../lib/concat-bytes.ts';
import { parseJsonBytes } from '../../lib/parse-json-bytes.ts';
import type { UpstreamObjectRequest } from '../provider.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import { decodeOpenAiModelList } from './decode-openai-model-list.ts';

interface ModelListerOptions {
  readonly vendor: Vendor;
  readonly privateModels: RegExp | undefined;
  readonly request: (request: UpstreamObjectRequest, signal: AbortSignal) => Promise<Response>;
}

/** The list of OpenRouter, which is the longest, has less than half of this. */
const maxListBytes = 2 * 1024 * 1024;

/**
 * Creates what asks a vendor for the names of its models. With the operator's key it leaves out what belongs to the operator's
 * account. It rejects with the vendor's error, and for a list that is not JSON or longer than 2 MiB.
 */
export function createModelLister({ vendor, privateModels, request }: ModelListerOptions) {
  // A server without keys has no accounts. LM Studio calls the owner of every model `organization_owner`.
  const includesPrivate = vendor.isByok === true || !vendor.apiKey;
  return async (signal: AbortSignal): Promise<readonly string[]> => {
    const bytes = await readBounded(await request({ method: 'GET', path: '/models' }, signal), vendor);
    const { value } = await parseJsonBytes(bytes, { subject: 'The list of models' });
    return decodeOpenAiModelList(value, { includesPrivate, privateModels });
  };
}

async function readBounded(response: Response, { name }: Vendor): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxListBytes) throw unreadableReplyError(name, 'its list of models is too long');
    chunks.push(new Uint8Array(chunk));
  }
  return concatBytes(chunks);
}
