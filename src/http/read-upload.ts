import { GatewayError } from '../domain/errors.ts';
import { concatBytes } from '../lib/concat-bytes.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import type { UploadLimits } from './upload-places.ts';

interface UploadRequest {
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
}

/**
 * Reads the body of an upload into memory. Throws `payload_too_large` for a longer one, if possible before it is read,
 * `invalid_request` where it is empty or does not arrive in time, and the signal's reason once the client has disconnected.
 */
export async function readUpload(
  { headers, body }: UploadRequest,
  signal: AbortSignal,
  { maxBytes, maxUploadMs, maxSilenceMs }: UploadLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (!body) throw new GatewayError('invalid_request', 'The body is empty: send a form.');
  const reader = body.getReader();
  let reason: unknown;
  const abort = (why: unknown) => {
    reason ??= why;
    void reader.cancel(why).catch(() => undefined);
  };
  const onDisconnect = () => abort(signal.reason);
  signal.addEventListener('abort', onDisconnect, { once: true });
  const endUpload = setCancellableTimeout(maxUploadMs, () => abort(tooSlow(maxUploadMs)));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let endSilence = () => {};
  try {
    for (;;) {
      endSilence();
      endSilence = setCancellableTimeout(maxSilenceMs, () => abort(tooSlow(maxSilenceMs)));
      const { done, value } = await reader.read();
      if (reason !== undefined) throw reason;
      if (done) break;
      length += value.byteLength;
      if (length > maxBytes) throw tooLarge(maxBytes);
      parts.push(value as Uint8Array<ArrayBuffer>);
    }
  } catch (error) {
    const thrown = reason ?? error;
    abort(thrown);
    throw thrown;
  } finally {
    endSilence();
    endUpload();
    signal.removeEventListener('abort', onDisconnect);
  }
  if (length === 0) throw new GatewayError('invalid_request', 'The body is empty: send a form.');
  return concatBytes(parts);
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('payload_too_large', `The form is larger than ${maxBytes / 1024 / 1024} MiB.`);
}

function tooSlow(ms: number): GatewayError {
  const message = `The form did not arrive in time: ${ms / 1000} s without its end or its next part. Send it faster, or a smaller one.`;
  return new GatewayError('invalid_request', message, { detail: 'slow_upload' });
}
