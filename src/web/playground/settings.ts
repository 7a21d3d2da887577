/** What the gateway tells the page to begin with. */
export interface PlaygroundSettings {
  /** The request headers that are filled in. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks the gateway. Throws where it does not answer. */
export async function readSettings(): Promise<PlaygroundSettings> {
  const response = await fetch('/playground/settings.json');
  if (!response.ok) throw new Error(`The gateway answered ${response.status} to /playground/settings.json.`);
  return await response.json();
}
