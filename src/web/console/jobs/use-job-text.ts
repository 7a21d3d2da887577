import { useEffect, useState } from 'react';
import { useSession } from '../app/session.tsx';
import { followJobText } from './follow-job-text.ts';

/** Returns what a job without a result has written so far. */
export function useJobText(id: string, isFollowed: boolean): string {
  const { apiKey } = useSession();
  const [text, setText] = useState('');
  useEffect(() => {
    if (!isFollowed) return undefined;
    const stop = new AbortController();
    void followJobText(id, { apiKey, signal: stop.signal, onText: setText });
    return () => stop.abort();
  }, [id, isFollowed, apiKey]);
  return text;
}
