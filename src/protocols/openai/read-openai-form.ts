import { GatewayError, invalidFieldError } from '../../domain/errors.ts';
import { ClientDisconnectedError } from '../../gateway/deadlines.ts';
import { getWaitUntil, type HttpContext } from '../../http/context.ts';
import { readUpload } from '../../http/read-upload.ts';
import type { UploadPlaces } from '../../http/upload-places.ts';
import { type FormPart, parseForm, parseFormBoundary } from '../../lib/parse-form.ts';
import { yieldToEventLoop } from '../../lib/yield-to-event-loop.ts';
import type { FormBody } from '../../providers/provider.ts';
import { rejectModelFields } from '../read-passthrough-body.ts';

/** The fields that route, bound or price a request. A form has each of them once, as text. */
const checkedFields = ['model', 'stream', 'n', 'response_format'] as const;
type CheckedField = (typeof checkedFields)[number];

/** Longer values are none that a provider knows. */
const maxValueBytes = 256;
/** How much of a form is handed to the runtime at once. */
const chunkBytes = 256 * 1024;

/** A form on its way to a provider. */
export interface OpenAiForm {
  readonly fields: Readonly<Partial<Record<CheckedField, string>>>;
  readonly names: readonly string[];
  readonly fileCount: number;
  /** UTF-8 bytes of all fields that are no files. */
  readonly textBytes: number;
  /** Returns the form with another model; every other byte stays. To be called once. */
  withModel(model: string): FormBody;
  /** Frees the place of the form in memory. The form does so itself once it has been sent. */
  release(): void;
}

/**
 * Reads a multipart form, once there is a place for it. Throws `invalid_request`, `payload_too_large`, `unavailable` where no place
 * becomes free, and `forbidden` for fields that name models beside `model`.
 */
export async function readOpenAiForm(context: HttpContext, places: UploadPlaces): Promise<OpenAiForm> {
  const contentType = context.req.header('content-type') ?? '';
  // Before a place is taken.
  parseFormBoundary(contentType);
  const disconnected = new AbortController();
  const signal = context.get('clientSignal');
  const onAbort = () => disconnected.abort(new ClientDisconnectedError());
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const free = await places.take(context.get('principal').tenantId, disconnected.signal);
  // The runtime drops a request whose client has disconnected unless work is kept alive: its place would stay taken.
  const freed = Promise.withResolvers<void>();
  getWaitUntil(context)(freed.promise);
  const release = () => {
    free();
    freed.resolve();
  };
  try {
    const bytes = await readUpload(context.req.raw, disconnected.signal, places.limits).catch(toDisconnectedError);
    await yieldToEventLoop(bytes.length);
    const parts = parseForm(bytes, parseFormBoundary(contentType));
    return createForm(parts, readFields(bytes, parts), new Upload(bytes, contentType, release), context);
  } catch (error) {
    release();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A body that cannot be read to its end was left by its client. */
function toDisconnectedError(cause: unknown): never {
  if (cause instanceof GatewayError || cause instanceof ClientDisconnectedError) throw cause;
  throw new ClientDisconnectedError('The client has left its upload.', { cause });
}

/** No closure here holds the bytes: they are garbage as soon as they have been sent. */
function createForm(
  parts: readonly FormPart[],
  fields: OpenAiForm['fields'],
  upload: Upload,
  context: HttpContext,
): OpenAiForm {
  const model = findField(parts, 'model');
  const names = parts.map(({ name }) => name);
  rejectModelFields(context, (name) => names.includes(name));
  const texts = parts.filter(({ isFile }) => !isFile);
  return {
    fields,
    names,
    fileCount: parts.length - texts.length,
    textBytes: texts.reduce((sum, { start, end }) => sum + end - start, 0),
    withModel: (name) => upload.replace(model, name),
    release: () => upload.release(),
  };
}

function readFields(bytes: Uint8Array, parts: readonly FormPart[]): OpenAiForm['fields'] {
  const fields: Partial<Record<CheckedField, string>> = {};
  for (const name of checkedFields) {
    const part = findField(parts, name);
    if (part) fields[name] = readValue(bytes, part);
  }
  return fields;
}

/** The bytes of a form, until they have been sent. */
class Upload implements FormBody {
  readonly contentType: string;
  readonly #onRelease: () => void;
  #parts: readonly Uint8Array<ArrayBuffer>[];

  constructor(bytes: Uint8Array<ArrayBuffer>, contentType: string, onRelease: () => void) {
    this.#parts = [bytes];
    this.contentType = contentType;
    this.#onRelease = onRelease;
  }

  /** Replaces the content of a part. */
  replace(part: FormPart | undefined, value: string): this {
    const [bytes] = this.#parts;
    if (!bytes || !part) throw new GatewayError('internal');
    const replacement = Uint8Array.from(new TextEncoder().encode(value));
    this.#parts = [bytes.subarray(0, part.start), replacement, bytes.subarray(part.end)];
    return this;
  }

  open(): ReadableStream<Uint8Array> {
    const parts = this.#parts;
    this.#parts = [];
    const { readable, writable } = new FixedLengthStream(parts.reduce((sum, { length }) => sum + length, 0));
    void this.#send(parts, writable);
    return readable;
  }

  release(): void {
    this.#parts = [];
    this.#onRelease();
  }

  async #send(parts: readonly Uint8Array<ArrayBuffer>[], writable: WritableStream<Uint8Array>): Promise<void> {
    const writer = writable.getWriter();
    try {
      for (const part of parts) {
        for (let offset = 0; offset < part.length; offset += chunkBytes) {
          await writer.write(part.subarray(offset, offset + chunkBytes));
        }
      }
      await writer.close();
    } catch {
      // The provider does not read on: its response, or the error of the connection, says why.
    } finally {
      this.#onRelease();
    }
  }
}

/** Finds a field that may be in the form once, and under no other spelling of its name. */
function findField(parts: readonly FormPart[], field: CheckedField): FormPart | undefined {
  const found = parts.filter(({ name }) => foldName(name) === field);
  const [part] = found;
  if (!part) return undefined;
  if (found.length > 1) throw invalidFieldError([field], 'is in the form more than once: send it once');
  if (part.name !== field) throw invalidFieldError([field], `must be written "${field}"`);
  if (part.isFile) throw invalidFieldError([field], 'must be text, not a file');
  const type = part.headers.get('content-type') ?? 'text/plain';
  const encoding = part.headers.get('content-transfer-encoding')?.trim().toLowerCase() ?? '8bit';
  if (
    !/^text\/plain(?:\s*;\s*charset="?(?:utf-8|us-ascii)"?)?\s*$/i.test(type) ||
    !/^(?:7bit|8bit|binary)$/.test(encoding)
  )
    throw invalidFieldError([field], 'must be plain text in UTF-8, without a transfer encoding');
  return part;
}

/** Reads a name as a careless reader might: without case, escapes, white space and the brackets of lists. */
function foldName(name: string): string {
  const plain = name.replace(/\\/g, '').replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return plain.toUpperCase().toLowerCase().replace(/\[\]$/, '').trim();
}

function readValue(bytes: Uint8Array, { name, start, end }: FormPart): string {
  if (end - start > maxValueBytes) throw invalidFieldError([name], `must be at most ${maxValueBytes} bytes long`);
  return new TextDecoder().decode(bytes.subarray(start, end));
}
