/** The initial settings of the page. */
export interface PlaygroundSettings {
  /** The request headers in the headers editor. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads the settings from the gateway. Throws if it does not respond. */
export async function readSettings(): Promise<PlaygroundSettings> {
  const response = await fetch('/playground/settings.json');
  if (!response.ok) throw new Error(`The gateway answered ${response.status} to /playground/settings.json.`);
  return await response.json();
}
