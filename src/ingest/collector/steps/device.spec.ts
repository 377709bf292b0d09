import { deviceOf, UNKNOWN_DEVICE } from './device.js';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

describe('deviceOf', () => {
  it.each([
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/120.0.0.0 Safari/537.36`,
      { device_type: 'desktop', os: 'Windows', browser: 'Chrome' },
    ],
    [
      `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${WEBKIT} Chrome/120.0.0.0 Mobile Safari/537.36`,
      { device_type: 'mobile', os: 'Android', browser: 'Chrome' },
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
        'Version/12.1 Mobile/15E148 Safari/604.1',
      { device_type: 'tablet', os: 'iOS', browser: 'Safari' },
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0',
      { device_type: 'desktop', os: 'Linux', browser: 'Firefox' },
    ],
    [
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      { device_type: 'bot', os: 'unknown', browser: 'Googlebot' },
    ],
  ])('reads %s', (userAgent, expected) => {
    expect(deviceOf(userAgent)).toEqual(expected);
    expect(deviceOf(userAgent)).toEqual(expected);
  });

  it.each(['', '   ', 'nonsense', '\u0000', 'node', '😀'])('knows nothing of %j', (userAgent) => {
    expect(deviceOf(userAgent)).toEqual(UNKNOWN_DEVICE);
  });

  it('takes no name over that the library only copies from the text', () => {
    for (const userAgent of ['jane@example.com/1.0 (x)', 'Jane Doe/1 (+43 1 2345678)']) {
      expect(deviceOf(userAgent)).toEqual(UNKNOWN_DEVICE);
    }
  });

  it('reads the first 1,000 characters only', () => {
    const late = `${'x'.repeat(1000)} Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Firefox/120.0`;
    expect(deviceOf(late)).toEqual(UNKNOWN_DEVICE);
  });
});
