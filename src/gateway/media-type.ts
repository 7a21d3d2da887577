import { unreadableReplyError } from '../providers/provider-error.ts';

const eventStream = /^text\/event-stream\s*(?:;|$)/i;
const json = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
/** Those of pictures, audio, transcripts and subtitles. A page (`text/html`) comes from a proxy in between. */
const media =
  /^(?:audio|image|video)\/[\w.+-]+|^text\/(?:plain|vtt|srt|x-srt)|^application\/(?:octet-stream|x-subrip|ogg)/i;

/** The kind of a reply, by its media type. */
export type MediaType = { readonly kind: 'events' | 'json' | 'media'; readonly contentType: string };

/** Reads the media type of a provider's reply. Throws `provider_error` for one that no endpoint for media has. */
export function readMediaType(headers: Headers, provider: string): MediaType {
  const contentType = headers.get('content-type')?.trim() ?? '';
  if (eventStream.test(contentType)) return { kind: 'events', contentType: 'text/event-stream; charset=utf-8' };
  if (json.test(contentType)) return { kind: 'json', contentType: 'application/json' };
  if (contentType === '') return { kind: 'media', contentType: 'application/octet-stream' };
  if (media.test(contentType) && contentType.length <= 128) return { kind: 'media', contentType };
  throw unreadableReplyError(provider, 'its content type is neither JSON nor text, audio or a picture');
}
