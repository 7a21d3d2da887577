/** In the order in which they run: the second turn goes on with the session of the prompt. */
export const scenarioNames = ['prompt', 'second turn', 'tool loop', 'image'] as const;

export type ScenarioName = (typeof scenarioNames)[number];
