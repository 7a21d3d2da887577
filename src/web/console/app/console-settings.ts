/** What the gateway says of itself to the console. */
export interface ConsoleSettings {
  /** The public dev key of a local gateway. Absent where the gateway is deployed. */
  readonly apiKey?: string;
}

/** Reads the settings from the gateway. Throws if it does not respond. */
export async function readSettings(): Promise<ConsoleSettings> {
  const response = await fetch('/console/settings.json');
  if (!response.ok) throw new Error(`The gateway answered ${response.status} to /console/settings.json.`);
  return await response.json();
}
