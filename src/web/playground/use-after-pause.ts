import { useRef } from 'react';

/** Gives a function that takes each text as it is typed, and acts once no more came for a while, if it is another one. */
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
