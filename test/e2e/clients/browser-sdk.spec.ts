/**
 * Segment's browser SDK in a real Chromium, on a page of another origin than the collector: at once
 * by fetch, in batches when the tab is closed, by beacon, and where the collector answers 503 first.
 */
import { chromium, type Browser, type Page } from 'playwright-core';
import { startHttpProxy, type HttpProxy } from '../../support/http-proxy.js';
import { findProgram, requireOrSkip } from '../../support/optional.js';
import { startTestService, type TestService } from '../../support/service.js';
import { until } from '../../support/spawned-service.js';
import { closeAfterAll } from '../../support/stores.js';
import { callsOf, expectOnceInSilver, PERSON, type Delivered, type Made } from './calls.js';
import { startShopPage } from './shop-page.js';

const program = findProgram('chromium');
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--no-first-run'],
  // Nothing but this machine has an address.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** How long the SDK gathers a batch; a retry waits for the same timer. */
const BATCH_MS = 1_000;
const NEVER_MS = 600_000;

/** The part of the SDK's surface that the page's `analytics` is asked for. */
type Sdk = Record<string, (...given: unknown[]) => Promise<{ event: { messageId: string } }>>;

const describeIf = requireOrSkip('browser SDK', program !== null, 'chromium is not installed')
  ? describe
  : describe.skip;

describeIf('the SDK in a browser', () => {
  const delivered: Delivered = new Map();
  let service: TestService;
  let proxy: HttpProxy;
  let browser: Browser;
  let shop: string;
  let key: string;

  beforeAll(async () => {
    service = await startTestService();
    key = await service.key('events:write');
    proxy = await startHttpProxy(service.url);
    shop = await startShopPage();
    browser = await chromium.launch({ executablePath: program!, args: FLAGS });
    closeAfterAll(() => browser.close());
  });

  /** A page of a visitor who was never here. */
  async function open(
    strategy: 'standard' | 'batching',
    { beacon = '', timeout = BATCH_MS } = {},
  ): Promise<Page> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const given = { collector: proxy.url, key, strategy, beacon, timeout: `${timeout}` };
    const query = new URLSearchParams(given);
    await page.goto(`${shop}?${query}`);
    return page;
  }

  /** Makes the calls on the page, as its script would, and learns the ids that the SDK gave. */
  async function make(page: Page, calls: Made[]): Promise<void> {
    for (const made of calls) {
      const id = await page.evaluate(
        async ([call, given]) => {
          const sdk = (globalThis as unknown as { analytics: Sdk }).analytics;
          return (await sdk[call]!(...given)).event.messageId;
        },
        [made.call, argumentsOf(made)] as const,
      );
      delivered.set(id, made);
    }
  }

  const stored = async () =>
    (
      await service.platform.warehouse.query<{ id: string }>(
        'reader',
        'select distinct message_id as id from bronze.events',
      )
    ).map(({ id }) => id);

  const allStored = () =>
    until(async () => {
      const ids = new Set(await stored());
      return [...delivered.keys()].every((id) => ids.has(id)) ? true : undefined;
    });

  it('posts each call at once', async () => {
    const page = await open('standard');
    await make(page, browserCalls('at-once'));
    await allStored();
    expect(new Set(proxy.passed)).toEqual(
      new Set(['/v1/p', '/v1/t', '/v1/i', '/v1/g', '/v1/a', '/v1/s']),
    );
    await page.context().close();
  });

  it('sends what it holds, and the page its beacon, when the tab is closed', async () => {
    const page = await open('batching', { beacon: 'beacon-1', timeout: NEVER_MS });
    await make(page, browserCalls('closed'));
    delivered.set('beacon-1', { call: 'page', anonymousId: 'beacon', given: {} });
    expect(proxy.passed).not.toContain('/v1/b');
    await page.close();
    await allStored();
    expect(proxy.passed).toEqual(expect.arrayContaining(['/v1/b', '/v1/batch']));
  });

  it.each(['standard', 'batching'] as const)(
    'tries again where the collector answers 503 first: %s',
    async (strategy) => {
      const before = proxy.refused.length;
      proxy.refuse();
      const page = await open(strategy);
      await make(page, browserCalls(`503-${strategy}`));
      await until(() => (proxy.refused.length > before ? true : undefined));
      proxy.pass();
      await allStored();
      await page.context().close();
    },
  );

  it('keeps what was refused when the tab is closed, for the next page', async () => {
    proxy.refuse();
    const page = await open('standard');
    await make(page, browserCalls('kept').slice(0, 3));
    await page.close();
    proxy.pass();
    const next = await page.context().newPage();
    await next.goto(page.url());
    await allStored();
    await next.context().close();
  });

  it('counts each event once', async () => {
    expect((await service.run('streaming')).status).toBe('published');
    process.stderr.write(
      `browser SDK: delivered ${delivered.size}, posts ${proxy.passed.length}, ` +
        `refused ${proxy.refused.length}\n`,
    );
    await expectOnceInSilver(service.platform.warehouse, delivered);
  });
});

/** A browser names its visitor itself, and a call has a person only by an identify before it. */
function browserCalls(name: string): Made[] {
  return callsOf(name).map(({ anonymousId: _, userId, ...made }) =>
    userId === PERSON ? { ...made, userId } : made,
  );
}

/** The SDK's own order of arguments. */
function argumentsOf({ call, event, userId, given }: Made): unknown[] {
  const { name, properties, traits, groupId, previousId } = given;
  switch (call) {
    case 'track':
      return [event, properties];
    case 'page':
    case 'screen':
      return [name, properties ?? {}];
    case 'identify':
      return [userId, traits];
    case 'group':
      return [groupId, {}];
    case 'alias':
      return [userId, previousId];
  }
}
