import type { JsonObject } from '../../contracts/json.js';
import { Tokeniser } from '../../platform/vault/tokeniser.js';
import { protectEvent } from './protect.js';

const tokeniser = new Tokeniser(Buffer.from('a key for tests'));
const protect = (event: JsonObject) => protectEvent(event, tokeniser).event;
const email = tokeniser.token('email', 'jane@example.com');
const name = (value: string) => tokeniser.token('name', value);
const address = (value: string) => tokeniser.token('address', value);
const phone = (value: string) => tokeniser.token('phone', value);

describe('keys', () => {
  it.each([
    ['Email', 'JANE@example.com', email],
    ['customer_email', 'mailto:jane@example.com', email],
    ['mail', 'Jane <jane@example.com>', email],
    ['e-mail address', 'not an address', tokeniser.token('email', 'not an address')],
    ['phone', '555 1234', phone('5551234')],
    ['work_phone_2', '5551234567', phone('5551234567')],
    ['mobile', 5551234567, phone('5551234567')],
    ['fax', '1', phone('1')],
    ['first_name', 'Jane', name('Jane')],
    ['billing-last-name', 'Doe', name('Doe')],
    ['displayName', 'JD', name('JD')],
    ['displayname', 'jane@example.com', email],
    ['address', '12 Main St', address('12 main st')],
    ['shipping_city', 'Berlin', address('Berlin')],
    ['zip', 10115, address('10115')],
    ['dob', '1990-05-01', tokeniser.token('birthday', '1990-05-01')],
    ['dateOfBirth', '1990-05-01T00:00:00Z', tokeniser.token('birthday', '1990-05-01')],
  ])('%s: %j becomes its token', (key, value, token) => {
    expect(protect({ properties: { [key]: value } })).toEqual({ properties: { [key]: token } });
  });

  it.each([
    { name: 'Blue shirt', products: [{ name: 'Shirt', list: { name: 'Summer' } }] },
    { city: 'Berlin', state: 'open', region: 'EMEA', customer_state: 'enabled' },
    { email: null, phone: false, first_name: '', mobile: true },
    { headphone: 'Sony', iphone: '15', email_subject: 'Sale' },
    { customer: { orders: [{ name: '#1001' }], state: 'enabled' } },
    { shipping_method: { name: 'Express' }, country: 'DE' },
  ])('%j stays as it is', (properties) => {
    const event = {
      type: 'page',
      name: 'Home',
      properties,
      context: { campaign: { name: 'Spring' }, library: { name: 'analytics.js' } },
    };
    expect(protect(event)).toEqual(event);
  });

  it('knows a person by the object around the name', () => {
    expect(
      protect({ properties: { customer: { name: 'Jane' }, shipping: { name: 'J' } } }),
    ).toEqual({ properties: { customer: { name: name('jane') }, shipping: { name: name('j') } } });
  });

  it('walks an address to its leaves and keeps the country', () => {
    const shipping_address = {
      id: 'adr-1',
      name: 'Jane',
      city: 'Berlin',
      floor: 3,
      is_default: true,
      country: 'DE',
      countryCode: 'DE',
      geo: { lat: 52.5 },
      lines: ['Main St 1', null],
    };
    expect(protect({ properties: { shipping_address } })).toEqual({
      properties: {
        shipping_address: {
          ...shipping_address,
          name: name('jane'),
          city: address('berlin'),
          floor: address('3'),
          geo: { lat: address('52.5') },
          lines: [address('main st 1'), null],
        },
      },
    });
    expect(protect({ context: { location: { city: 'Berlin', country: 'DE' } } })).toEqual({
      context: { location: { city: address('berlin'), country: 'DE' } },
    });
  });

  it('walks arrays and the parts of a name under the same key', () => {
    expect(protect({ properties: { phones: ['1', '2'], full_name: { first: 'Jane' } } })).toEqual({
      properties: { phones: [phone('1'), phone('2')], full_name: { first: name('jane') } },
    });
  });

  it('drops network addresses without a trace', () => {
    const event = {
      context: { ip: '10.0.0.1', locale: 'de' },
      properties: { ip_address: '::1', clientIp: 'x', list: [{ remoteAddr: 'y', zipped: 1 }] },
    };
    expect(protectEvent(event, tokeniser)).toEqual({
      event: { context: { locale: 'de' }, properties: { list: [{ zipped: 1 }] } },
      originals: [],
    });
  });
});

describe('traits', () => {
  it.each(['identify', 'group'])('keeps, tokenises or drops each trait of %s', (type) => {
    const traits = {
      email: 'jane@example.com',
      name: 'Jane',
      city: 'Berlin',
      country: 'DE',
      created_at: '2024-05-01',
      plan: 'gold',
      id: 'u1',
      company: { name: 'Acme' },
      age: 34,
    };
    const { event, originals } = protectEvent({ type, traits, context: { traits } }, tokeniser);
    const kept = {
      email,
      name: name('jane'),
      city: address('berlin'),
      country: 'DE',
      created_at: '2024-05-01',
      plan: 'gold',
      id: 'u1',
    };
    expect(event).toEqual({ type, traits: kept, context: { traits: kept } });
    expect(originals).toContainEqual({
      kind: 'trait',
      field: 'context.traits.company',
      token: tokeniser.token('trait', '{"name":"Acme"}'),
      value: '{"name":"Acme"}',
    });
    expect(originals.map((original) => original.field).filter((f) => f.startsWith('tr'))).toEqual(
      ['email', 'name', 'city', 'company', 'age'].map((key) => `traits.${key}`),
    );
  });

  it('searches the traits that it keeps, and drops traits of another shape', () => {
    expect(protect({ traits: { plan: 'of jane@example.com' } })).toEqual({
      traits: { plan: `of ${email}` },
    });
    expect(protectEvent({ traits: ['Jane'] }, tokeniser)).toMatchObject({
      event: {},
      originals: [{ kind: 'trait', field: 'traits', value: '["Jane"]' }],
    });
  });
});

describe('text', () => {
  it.each(['userId', 'anonymousId', 'previousId', 'groupId', 'messageId', 'event'])(
    'replaces an e-mail in %s',
    (key) => {
      expect(protect({ [key]: 'Jane@Example.com' })).toEqual({ [key]: email });
      expect(protect({ [key]: 'x jane%2540example.com' })).toEqual({ [key]: `x ${email}` });
    },
  );

  it('replaces what stands in free text, and in keys', () => {
    const event = {
      properties: {
        body: 'I am jane@example.com, call +49 171 1234567 or (555) 123-4567.',
        'jane@example.com': 1,
        'JANE@example.com': 2,
      },
    };
    expect(protect(event)).toEqual({
      properties: {
        body: `I am ${email}, call ${phone('491711234567')} or ${phone('5551234567')}.`,
        [email]: 1,
        [`${email}_2`]: 2,
      },
    });
  });

  it('takes digits for phones only where phones are written', () => {
    const properties = {
      order_id: '555-123-4567',
      sku: '0171 1234567',
      sent_at: '0171 1234567',
      url: 'https://shop.example/p/555-123-4567?variant=004915112345678&pid=555-123-4567',
      gtin: '00123456789012',
      total: 5551234567,
    };
    expect(protect({ properties: { ...properties, note: 'is +4915112345678' } })).toEqual({
      properties: {
        ...properties,
        url: expect.stringMatching(/\/p\/555-123-4567\?.*&pid=555-123-4567$/),
        note: `is ${phone('4915112345678')}`,
      },
    });
  });
});

describe('originals', () => {
  it('tells each field and token once, with the value as it was', () => {
    const text = 'Jane@example.com and jane@example.com';
    const { originals } = protectEvent(
      { userId: 'jane@example.com', properties: { text } },
      tokeniser,
    );
    expect(originals).toEqual([
      { kind: 'email', field: 'userId', token: email, value: 'jane@example.com' },
      { kind: 'email', field: 'properties.text', token: email, value: 'Jane@example.com' },
    ]);
  });

  it('names no person in the path', () => {
    const { originals } = protectEvent({ 'jane@example.com': { phone: '1' } }, tokeniser);
    expect(originals.at(-1)?.field).toBe(`${email}.phone`);
  });
});

describe('shape', () => {
  it('keeps a key named __proto__ and gives objects no prototype', () => {
    const event = JSON.parse('{"properties":{"__proto__":{"email":"jane@example.com"}}}');
    const { properties } = protect(event);
    expect(Object.getPrototypeOf(properties)).toBeNull();
    expect(JSON.stringify(properties)).toBe(`{"__proto__":{"email":"${email}"}}`);
  });

  it('walks deep nesting', () => {
    let event: JsonObject = { note: 'jane@example.com' };
    for (let depth = 0; depth < 40; depth += 1) event = { inner: [event] };
    expect(JSON.stringify(protect(event))).toContain(email);
  });
});
