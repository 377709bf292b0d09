import { Tokeniser } from '../../platform/vault/tokeniser.js';
import { protectEvent } from './protect.js';

const tokeniser = new Tokeniser(Buffer.from('a key for tests'));
const email = tokeniser.token('email', 'jane@example.com');
const jane = tokeniser.token('name', 'jane doe');
const phone = tokeniser.token('phone', '491711234567');
const page = (key: string, value: string) =>
  protectEvent({ context: { page: { [key]: value } } }, tokeniser).event;
const shown = (key: string, value: string) => ({ context: { page: { [key]: value } } });

describe('URLs', () => {
  it.each([
    ['?email=Jane%40Example.com&utm_source=x', `?email=${email}&utm_source=x`],
    ['?a=1&user%5Bemail%5D=jane%2540example.com', `?a=1&user%5Bemail%5D=${email}`],
    ['?name=Jane+Doe&x=%7E', `?name=${jane}&x=%7E`],
    ['?first_name=Jane%20Doe#name=Jane%20Doe', `?first_name=${jane}#name=${jane}`],
    ['?customer[name]=Jane Doe&product[name]=Shirt', `?customer[name]=${jane}&product[name]=Shirt`],
    ['?phone=%2B49+171+1234567', `?phone=${phone}`],
    ['?q=%2B49+171+1234567', `?q=${phone}`],
    ['?q=a%2Fb%20jane%40example.com%2F', `?q=a%2Fb%20${email}%2F`],
    ['?q=jane@example.com+shoes', `?q=${email}+shoes`],
    ['?a=b&amp;name=jane%20doe', `?a=b&amp;name=${jane}`],
    ['https://joe:pw@shop.example/?a=1', 'https://shop.example/?a=1'],
    ['https://jane@example.com:pw@shop.example/', 'https://shop.example/'],
    ['https://shop.example/u/jane%40example.com/x', `https://shop.example/u/${email}/x`],
    ['/call/%2B491711234567', `/call/${phone}`],
    ['https://x.example/?ip=10.0.0.1&b=2', 'https://x.example/?ip=&b=2'],
    ['?ip_address=10.0.0.1&b=2', '?ip_address=&b=2'],
    ['?next=/a?email=jane@example.com', `?next=/a?email=${email}`],
    [
      '?next=%2Fa%3Fname%3DJane%2520Doe%26b%3D1',
      `?next=${encodeURIComponent(`/a?name=${jane}&b=1`)}`,
    ],
    ['https%3A%2F%2Fx%2F%3Fname%3DJane%2520Doe', encodeURIComponent(`https://x/?name=${jane}`)],
  ])('%s', (url, expected) => {
    expect(page('url', url)).toEqual(shown('url', expected));
    expect(page('url', expected)).toEqual(shown('url', expected));
  });

  it.each([
    'https://shop.example/p/1?utm_source=a%20b&utm_medium=c+d&&x&=y&gclid=A-1_2#top',
    '/search?q=red+shirt&city=Berlin&state=abc&page=2',
    '?email=&phone&name=%20',
    'https://medium.example/@jane/p?img=logo@2x.png',
    '?x=%zz%E0&redirect=%2Fa%3Fb%3Dc',
    'mailto:?subject=Hi%20there',
  ])('keeps every byte of %s', (url) => {
    expect(page('url', url)).toEqual(shown('url', url));
    expect(page('referrer', url)).toEqual(shown('referrer', url));
  });

  it('reads a query without its question mark', () => {
    expect(page('search', 'name=Jane%20Doe&b=2')).toEqual(shown('search', `name=${jane}&b=2`));
  });

  it('reads URLs within prose and stops where they stop', () => {
    const { event } = protectEvent(
      {
        properties: { body: 'See <a href="https://x.example/?name=Jane%20Doe">this</a>? name=it' },
      },
      tokeniser,
    );
    expect(event).toEqual({
      properties: { body: `See <a href="https://x.example/?name=${jane}">this</a>? name=it` },
    });
  });
});
