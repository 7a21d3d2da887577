import type { Locator, Page } from 'playwright-core';

/** The playground as its user sees it. */
export class PlaygroundPage {
  readonly page: Page;
  readonly run: Locator;
  readonly stop: Locator;
  readonly #response: Locator;
  readonly #tool: Locator;

  constructor(page: Page) {
    this.page = page;
    this.run = page.getByRole('button', { name: 'Execute query' });
    this.stop = page.getByRole('button', { name: 'Stop query' });
    this.#response = page.locator('.graphiql-response');
    this.#tool = page.locator('.graphiql-editor-tool > :visible');
  }

  /** The editors come last, and take what was done before for nothing. */
  async waitUntilReady(): Promise<void> {
    await this.page.locator('.graphiql-query-editor .view-line').first().waitFor();
    await this.#tool.locator('.view-line').first().waitFor();
    await this.run.waitFor();
  }

  async chooseTab(name: string): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
  }

  /** What the editor below the operation holds: Variables or Headers. */
  async readTool(name: 'Variables' | 'Headers'): Promise<string> {
    await this.#chooseTool(name);
    return await textOf(this.#tool);
  }

  async writeTool(name: 'Variables' | 'Headers', text: string): Promise<void> {
    await this.#chooseTool(name);
    await this.#tool.locator('.view-lines').click();
    await this.page.keyboard.press('ControlOrMeta+A');
    // Pasted, because the editor closes brackets and quotes that are typed.
    await this.page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
    await this.page.keyboard.press('ControlOrMeta+V');
  }

  async readResponse(): Promise<string> {
    return await textOf(this.#response);
  }

  async #chooseTool(name: string): Promise<void> {
    await this.page.locator('.graphiql-editor-tools').getByRole('button', { name }).click();
  }
}

/** The lines that an editor shows, with usual spaces. */
async function textOf(editor: Locator): Promise<string> {
  const lines = await editor.locator('.view-line').allInnerTexts();
  return lines.join('\n').replaceAll('\u00a0', ' ');
}
