import { concatBytes } from './concat-bytes.ts';

/** Compresses a text as UTF-8. Resolves with undefined where the result has more than `maxBytes`. */
export async function gzip(text: string): Promise<Uint8Array>;
export async function gzip(text: string, maxBytes: number): Promise<Uint8Array | undefined>;
export async function gzip(text: string, maxBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
  const reader = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip')).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    total += read.value.byteLength;
    if (total > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    parts.push(new Uint8Array(read.value));
  }
  return concatBytes(parts);
}

/** Restores a text that `gzip` has compressed. */
export async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}
