import { useRef } from 'react';

/**
 * Returns a function that takes each text as it is typed. It runs `act` once no text has come for `pauseMs`, if the
 * text differs from the last one.
 */
export function useAfterPause(pauseMs: number, startingText: string, act: () => void): (text: string) => void {
  const lastText = useRef(startingText);
  const timer = useRef<number>(undefined);
  return (text) => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      if (text === lastText.current) return;
      lastText.current = text;
      act();
    }, pauseMs);
  };
}
