import type { Locator, Page } from 'playwright-core';

/** The page object of the playground. */
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

  /** Waits for the editors, which load last and discard earlier input. */
  async waitUntilReady(): Promise<void> {
    await this.page.locator('.graphiql-query-editor .view-line').first().waitFor();
    await this.#tool.locator('.view-line').first().waitFor();
    await this.run.waitFor();
  }

  async chooseTab(name: string): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
  }

  /** Returns the content of the Variables or the Headers editor. */
  async readTool(name: 'Variables' | 'Headers'): Promise<string> {
    await this.#chooseTool(name);
    return await textOf(this.#tool);
  }

  async writeTool(name: 'Variables' | 'Headers', text: string): Promise<void> {
    await this.#chooseTool(name);
    await this.#tool.locator('.view-lines').click();
    await this.page.keyboard.press('ControlOrMeta+A');
    // Pastes the text, because the editor closes typed brackets and quotes.
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

/** Returns the lines of an editor with normal spaces. */
async function textOf(editor: Locator): Promise<string> {
  const lines = await editor.locator('.view-line').allInnerTexts();
  return lines.join('\n').replaceAll('\u00a0', ' ');
}
