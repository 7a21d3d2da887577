interface KeptJobRequest {
  readonly messages: readonly {
    readonly role: string;
    readonly content: readonly { readonly type: string; readonly text?: string }[];
  }[];
}

/**
 * Converts the kept request of a job to a body of `POST /api/jobs`: the gateway keeps it in its own form, with messages in parts.
 * Returns null where it has another form, or is cut.
 */
export function toJobBody(kept: string, model: string | null): string | null {
  const request = parseObject(kept);
  if (!request) return null;
  const messages = request.messages.map(({ role, content }) => ({
    role,
    content: content.map(({ text }) => text ?? '').join(''),
  }));
  return JSON.stringify({ ...request, ...(model !== null && { model }), messages });
}

function parseObject(text: string): KeptJobRequest | undefined {
  try {
    const value = JSON.parse(text);
    const hasParts =
      Array.isArray(value?.messages) &&
      value.messages.every(({ content }: { content: unknown }) => Array.isArray(content));
    return hasParts ? value : undefined;
  } catch {
    return undefined;
  }
}
