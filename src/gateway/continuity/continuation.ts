import type { Reasoning } from '../../domain/request.ts';

/** Whose reasoning it is. A vendor takes back what the same family of its models has written. */
export interface Origin {
  readonly tenantId: string;
  /** The provider's id. */
  readonly provider: string;
  readonly family: string;
}

/** What a vendor wants back with its part of a conversation: the content of an opaque value. */
export interface Continuation {
  readonly reasoning?: readonly Reasoning[] | undefined;
  readonly signature?: string | undefined;
  /** The call that the signature is of. Absent: the text. */
  readonly toolCallId?: string | undefined;
}

/** Encrypts and decrypts opaque values. */
export interface OpaqueValues {
  /** Resolves with undefined where the value would be too long. */
  encrypt(text: string, tenantId: string): Promise<string | undefined>;
  /** Resolves with undefined where the value cannot be read. */
  decrypt(value: string, tenantId: string): Promise<string | undefined>;
}
