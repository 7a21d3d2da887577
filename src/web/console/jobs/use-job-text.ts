import { useEffect, useState } from 'react';
import { useSession } from '../app/session.tsx';
import { followJobText } from './follow-job-text.ts';

/** Returns what a job has written so far, while it is running. */
export function useJobText(id: string, isRunning: boolean): string {
  const { apiKey } = useSession();
  const [text, setText] = useState('');
  useEffect(() => {
    if (!isRunning) return undefined;
    const stop = new AbortController();
    void followJobText(id, { apiKey, signal: stop.signal, onText: setText });
    return () => stop.abort();
  }, [id, isRunning, apiKey]);
  return text;
}
