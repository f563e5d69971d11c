import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** @throws Error that says what to install where there is no Chromium */
export function launchBrowser(): Promise<Browser> {
  const executablePath = [process.env.CHROMIUM, ...PLACES].find((path) => path && existsSync(path));
  if (!executablePath) {
    throw new Error(
      'The browser tests need Chromium. Install it (Debian: apt-get install chromium; macOS: brew install --cask chromium) or set CHROMIUM to its path.',
    );
  }
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors of the console, the page and its policy. */
  readonly errors: readonly string[];
  /** Addresses asked for, other than those inside the page. */
  readonly requested: readonly string[];
  /** Bodies sent to the API. */
  readonly sent: readonly string[];
}

/** A page of its own profile: nothing is remembered from another. */
export async function openPage(browser: Browser): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const errors: string[] = [];
  const requested: string[] = [];
  const sent: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requested.push(request.url());
    if (request.method() === 'POST') sent.push(request.postData() ?? '');
  });
  return { page, errors, requested, sent };
}

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Containers often have no sandbox and no GPU; the rest stops the browser from calling home. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
