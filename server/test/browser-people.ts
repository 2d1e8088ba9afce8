// The furniture of tests in a real browser: people who sign up in windows of their own, and what one looks for there.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import type { House } from './house.ts';

// `npm test` finds or installs one
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PASSWORD = 'a sentence of words';
export const DESKTOP = { width: 1180, height: 780 };
export const PHONE = { width: 390, height: 780 };
export const WAIT_MS = 15_000;

export const byTest = (place: Page | Locator, name: string) => place.locator(`[data-test=${name}]`);
export const message = (page: Page, text: string) => byTest(page, 'message').filter({ hasText: text });
/** In the list, by what it is called. */
export const conversation = (page: Page, title: string) =>
  byTest(page, 'conversation').filter({ has: page.locator('.title', { hasText: title }) });
export const composer = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

/** Opens the menu of a message and does one thing of it. */
export async function doTo(bubble: Locator, action: string): Promise<void> {
  await byTest(bubble, 'message-menu').click({ force: true });
  await byTest(bubble.page(), `do-${action}`).click();
}

/** One of the choices of a field. */
export async function choose(page: Page, field: string, choice: string): Promise<void> {
  await page.getByRole('combobox', { name: field }).press('ArrowDown');
  await page.getByRole('option', { name: choice }).click();
}

export const tickBecomes = (bubble: Locator, ...wanted: string[]) =>
  until(`tick ${wanted.join(' or ')}`, async () => wanted.includes((await bubble.getAttribute('data-tick')) ?? ''), {
    timeoutMs: WAIT_MS,
  });

/** What axe finds that is serious or worse (WCAG). */
export async function seriousFindings(page: Page): Promise<string[]> {
  // what fades in has not its colours yet
  await page.evaluate(
    'Promise.all(document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations !== Infinity).map((one) => one.finished.catch(() => {})))',
  );
  await page.evaluate(axeSource);
  const found = await page.evaluate<{ impact: string; id: string; nodes: { html: string }[] }[]>(
    'axe.run().then(({ violations }) => violations)',
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** A browser, and the people of one test in it. */
export class BrowserPeople {
  readonly suffix = newId().slice(-8);
  /** errors of pages, and what their content security policy has stopped */
  readonly complaints: string[] = [];
  readonly #house: House;
  readonly #browser: Browser;

  private constructor(house: House, browser: Browser) {
    this.#house = house;
    this.#browser = browser;
  }

  static async open(house: House): Promise<BrowserPeople> {
    // as root Chromium has no sandbox; a microphone that hums
    const args = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'];
    if (process.getuid?.() === 0) args.push('--no-sandbox');
    return new BrowserPeople(house, await chromium.launch({ executablePath, args }));
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  screenshot(page: Page, name: string): Promise<Buffer> {
    return page.screenshot({ path: path.join(this.#house.config.DATA_DIR, 'screenshots', `${name}.png`) });
  }

  async openPage(context: BrowserContext, address = '/', prepare?: (page: Page) => void): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (line) => {
      if (/content security policy/i.test(line.text())) this.complaints.push(line.text());
    });
    prepare?.(page);
    await page.goto(`${this.#house.config.PUBLIC_URL}${address}`);
    return page;
  }

  username(name: string): string {
    return `${name.split(' ')[0]?.toLowerCase()}-${this.suffix}`;
  }

  async signUp(name: string, prepare?: (page: Page) => void): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: DESKTOP });
    context.setDefaultTimeout(WAIT_MS);
    const page = await this.openPage(context, '/', prepare);
    await byTest(page, 'sign-up').click();
    const link = page.getByRole('link', { name: /create/i });
    const form = page.locator('input[name=displayName]');
    // the page may show the sign-in form first
    if (!(await form.or(link).first().getAttribute('name'))) await link.click();
    await form.fill(name);
    await page.locator('input[name=username]').fill(this.username(name));
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: /create/i }).click();
    await byTest(page, 'me').waitFor();
    return page;
  }

  /** Another browser of somebody who has signed up. */
  async signIn(name: string): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: DESKTOP });
    context.setDefaultTimeout(WAIT_MS);
    const page = await this.openPage(context);
    await byTest(page, 'sign-in').click();
    await page.locator('input[name=username]').fill(this.username(name));
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await byTest(page, 'me').waitFor();
    return page;
  }

  /** Makes all of them contacts of one another. */
  async befriend(...names: string[]): Promise<void> {
    const { db } = this.#house;
    const people = await db.user.findMany({ where: { username: { in: names.map((name) => this.username(name)) } } });
    const pairs = people.flatMap(({ id: fromId }, i) => people.slice(i + 1).map(({ id: toId }) => ({ fromId, toId })));
    await db.contact.createMany({ data: pairs.map((pair) => ({ ...pair, state: 'accepted' as const })) });
  }
}
