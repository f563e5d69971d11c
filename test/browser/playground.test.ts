import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser, openPage, type WatchedPage } from '#test/kit/browser';
import { useWorld, type World } from '#test/kit/world';

describe('the playground', () => {
  let world: World;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let watched: WatchedPage;

  beforeAll(async () => {
    [world, browser] = await Promise.all([useWorld(), launchBrowser()]);
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    watched = await openPage(browser);
    await watched.page.goto(new URL('/', world.url).href);
    await answered(watched, slugOf(0));
  });
  afterEach(() => watched?.page.close());

  const slugOf = (index: number): string => world.demo.tenants[index]?.slug ?? '';

  test('opens with an answer, asks nobody but the gateway and reports no error', async () => {
    expect(JSON.parse(await shownAnswer(watched))).toHaveProperty('data.contents.nodes.0.id');
    expect(new Set(watched.requested.map((url) => new URL(url).origin))).toEqual(new Set([new URL(world.url).origin]));
    expect(watched.errors).toEqual([]);
  });

  test('shows another tenant’s answer after one click, and nothing of the former one', async () => {
    const former = await shownAnswer(watched);
    await watched.page.getByRole('radio', { name: slugOf(1) }).check({ force: true });
    await answered(watched, slugOf(1));
    const now = await shownAnswer(watched);
    expect(valuesOf('id', now).length).toBeGreaterThan(0);

    const own = new Set(valuesOf('title', now));
    const foreign = [...valuesOf('id', former), ...valuesOf('title', former).filter((title) => !own.has(title))];
    const visible = now + (await watched.page.locator('body').innerText());
    expect(foreign.length).toBeGreaterThan(1);
    expect(foreign.filter((text) => visible.includes(JSON.stringify(text)))).toEqual([]);
  });

  test('names the caller as the gateway verified it', async () => {
    await watched.page.getByLabel('Role').selectOption('viewer');
    await watched.page.getByText(/, viewer of /).waitFor();
    await watched.page.getByLabel('Role').selectOption('apiKey');
    await watched.page.getByText(/^An API key/).waitFor();
  });

  test('runs a saved example, with an id that is looked up for the tenant', async () => {
    await openExample(watched, 'User');
    await expect.poll(() => shownAnswer(watched), PATIENT).toMatch(/"user": \{[^}]*"name": "/);
  });

  test('compares the tenants in one click', async () => {
    await watched.page.getByRole('button', { name: 'Compare tenants' }).click();
    await watched.page.getByText(/^\d+ ids, none of them in two answers\./).waitFor();
    expect(await watched.page.locator('.pg-column').count()).toBe(world.demo.tenants.length);
  });

  test('never sends a mutation because another tenant was picked', async () => {
    await openExample(watched, 'Create content');
    await watched.page.getByText('Not run by itself').waitFor();
    await watched.page.getByRole('radio', { name: slugOf(1) }).check({ force: true });
    await watched.page.locator('.pg-whose', { hasText: slugOf(1) }).waitFor();
    await watched.page.getByText('Not run by itself').waitFor();
    expect(watched.sent.filter((body) => body.includes('createContent'))).toEqual([]);
  });

  test('drops an answer that comes after its tenant or operation was left', async () => {
    const { page } = watched;
    const release = await holdAnswers(watched, `Bearer ${world.demo.tenants[0]?.tokens.owner}`);
    await page.getByLabel(/^Execute query/).click();
    await openExample(watched, 'Create content');
    await page.getByText('Not run by itself').waitFor();
    await release();
    expect(await shownAnswer(watched)).toBe('');
    expect(await page.locator('.pg-status').innerText()).toContain('Not run by itself');
  });
});

const PATIENT = { timeout: 20_000 };
const ANSWER = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()";

function shownAnswer({ page }: WatchedPage): Promise<string> {
  return page.evaluate<string>(ANSWER);
}

/** Until the answer on the screen is a whole one of that tenant. */
async function answered(watched: WatchedPage, slug: string): Promise<void> {
  await watched.page.locator('.pg-status', { hasText: slug }).getByText('HTTP 200').waitFor();
  await expect.poll(() => shownAnswer(watched), PATIENT).toContain('"data"');
}

async function openExample({ page }: WatchedPage, name: string): Promise<void> {
  await page.getByText('Examples', { exact: true }).click();
  await page
    .locator('.pg-menu button')
    .filter({ has: page.getByText(name, { exact: true }) })
    .click();
}

/** Keeps back what is answered to these credentials. @returns lets the answers go and waits until the page had them */
async function holdAnswers({ page }: WatchedPage, authorization: string): Promise<() => Promise<void>> {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const arrivals: Promise<void>[] = [];
  await page.route('**/graphql', async (route) => {
    if (route.request().headers().authorization !== authorization) return route.continue();
    const response = await route.fetch();
    arrivals.push(gate.then(() => route.fulfill({ response })));
  });
  return async () => {
    await expect.poll(() => arrivals.length, PATIENT).toBeGreaterThan(0);
    open();
    await Promise.all(arrivals);
    await page.evaluate('new Promise((done) => setTimeout(() => requestAnimationFrame(done)))');
  };
}

function valuesOf(key: string, json: string): string[] {
  return [...json.matchAll(new RegExp(`"${key}": "([^"]+)"`, 'g'))].map(([, value = '']) => value);
}
