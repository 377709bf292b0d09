/** Where sessions begin and where pages lead, over the shop in shop.ts, reckoned by hand. */
import { csv, graphql, rest, sum, type NextPagesReply, type PathsReply } from './client.js';
import type { Parameters } from './client.js';
import { openShop, VISITS, type Shop } from './shop.js';

let shop: Shop;
beforeAll(async () => {
  const reload = { visitor: 'v6', at: '2026-01-15T10:00:00Z', country: 'FR' };
  shop = await openShop([
    ...VISITS,
    // Two pages opened again in a row, and one again later.
    {
      ...reload,
      did: [
        [0, '/c/mugs'],
        [1, '/c/mugs'],
        [2, '/p/mug'],
        [3, '/c/mugs'],
        [4, '/p/mug'],
        [5, '/p/mug'],
      ],
    },
  ]);
});

const paths = (parameters: Parameters) =>
  rest<PathsReply>(shop, 'behaviour/paths', parameters).then(({ data }) =>
    data.rows.map(({ pages, sessions }) => [pages.join(' '), sessions]),
  );
const nextPages = (parameters: Parameters) =>
  rest<NextPagesReply>(shop, 'behaviour/next-pages', parameters).then(({ data }) =>
    data.rows.map(({ key, views }) => [key, views]),
  );

describe('paths', () => {
  it.each<[Parameters, [string, number][]]>([
    [
      {},
      [
        ['/', 1],
        ['/ /c/lamps /p/lamp', 1],
        ['/ /c/mugs /p/mug', 1],
        ['/ /p/lamp', 1],
        ['/c/lamps', 1],
        ['/c/mugs /p/mug /c/mugs', 1],
        ['/p/mug /cart', 1],
        ['/p/mug /p/lamp', 1],
      ],
    ],
    [
      { length: 1, limit: 2 },
      [
        ['/', 4],
        ['/p/mug', 2],
      ],
    ],
    [{ length: 10, 'filter[country]': 'FR' }, [['/c/mugs /p/mug /c/mugs /p/mug', 1]]],
    [
      { length: 2, 'filter[campaign]': 'spring' },
      [
        ['/ /c/lamps', 1],
        ['/p/mug /p/lamp', 1],
      ],
    ],
    [{ from: '2026-01-14', to: '2026-01-15' }, []],
  ])('%j', async (parameters, expected) => {
    expect(await paths(parameters)).toEqual(expected);
  });

  it('have shares of all sessions with a page, also where only some are shown', async () => {
    const given = { length: 1 };
    const { data, meta } = await rest<PathsReply>(shop, 'behaviour/paths', given);
    expect(data.rows.map(({ share }) => share)).toEqual([0.5, 0.25, 0.125, 0.125]);
    const { data: some } = await rest<PathsReply>(shop, 'behaviour/paths', { ...given, limit: 1 });
    expect(some.rows).toEqual(data.rows.slice(0, 1));
    expect(meta).toMatchObject({ completeness: 'complete', approximate: [], held: [] });
    expect(Object.keys(meta.formula)).toEqual(['path_sessions', 'path_share']);
  });

  it('are the same by GraphQL and in CSV', async () => {
    const { data } = await rest<PathsReply>(shop, 'behaviour/paths', { length: 2 });
    const fields = '{ rows { key label pages sessions share } }';
    const other = await graphql<PathsReply['data']>(shop, 'behaviourPaths', 'length: 2', fields);
    expect(other.rows).toEqual(data.rows);
    const table = await csv(shop, 'behaviour/paths', { length: 2 });
    expect(table.map(({ sessions }) => Number(sessions))).toEqual(
      data.rows.map(({ sessions }) => sessions),
    );
    expect(table[0]).toMatchObject({ 'pages.1': '/', share: '0.125' });
  });
});

describe('next pages', () => {
  it.each<[Parameters, [string, number][]]>([
    [
      { page: '/' },
      [
        ['exit', 1],
        ['/c/lamps', 1],
        ['/c/mugs', 1],
        ['/p/lamp', 1],
      ],
    ],
    [
      { page: '/p/mug' },
      [
        ['exit', 2],
        ['/c/mugs', 1],
        ['/cart', 1],
        ['/p/lamp', 1],
      ],
    ],
    [{ page: '/p/mug', limit: 1 }, [['exit', 2]]],
    [{ page: '/cart' }, [['exit', 2]]],
    [{ page: '/', 'filter[device]': 'mobile' }, [['/c/mugs', 1]]],
    [{ page: '/nowhere' }, []],
  ])('%j', async (parameters, expected) => {
    const found = await nextPages(parameters);
    expect(found).toEqual(expected);
  });

  it.each(['/', '/p/mug', '/c/mugs', '/cart'])('of %s have shares that sum to 1', async (page) => {
    const { data } = await rest<NextPagesReply>(shop, 'behaviour/next-pages', { page });
    expect(sum(data.rows.map(({ share }) => share))).toBeCloseTo(1, 5);
    const fields = '{ rows { key label views share } meta { completeness } }';
    const other = await graphql<NextPagesReply['data']>(
      shop,
      'behaviourNextPages',
      `page: "${page}"`,
      fields,
    );
    expect(other.rows).toEqual(data.rows);
  });
});
