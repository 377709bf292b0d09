/** The device, operating system and browser behind a user agent, by the library bowser. */
import bowser from 'bowser';
import { LRUCache } from 'lru-cache';

export interface Device {
  device_type: string;
  os: string;
  browser: string;
}

export const UNKNOWN_DEVICE: Device = {
  device_type: 'unknown',
  os: 'unknown',
  browser: 'unknown',
};

export const SERVER_DEVICE: Device = { ...UNKNOWN_DEVICE, device_type: 'server' };

/** For what it does not know bowser copies the name from the text, which may hold anything. */
const BROWSERS = new Set(Object.values(bowser.BROWSER_MAP));

const MAX_USER_AGENT_CHARACTERS = 1_000;
const known = new LRUCache<string, Device>({ max: 5_000 });

export function deviceOf(userAgent: string): Device {
  const text = userAgent.slice(0, MAX_USER_AGENT_CHARACTERS);
  if (text.trim() === '') return UNKNOWN_DEVICE;
  const found = known.get(text);
  if (found) return found;
  const device = parse(text);
  known.set(text, device);
  return device;
}

function parse(userAgent: string): Device {
  const result = bowser.parse(userAgent);
  const browser = result.browser.name ?? '';
  return {
    device_type: result.platform.type ?? 'unknown',
    os: result.os.name ?? 'unknown',
    browser: BROWSERS.has(browser) ? browser : 'unknown',
  };
}
