/** What is behind a user agent: device, system and browser by bowser, robots by isbot. */
import bowser from 'bowser';
import { isbot } from 'isbot';
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
  const text = beginningOf(userAgent);
  if (text.trim() === '') return UNKNOWN_DEVICE;
  const found = known.get(text);
  if (found) return found;
  const device = parse(text);
  known.set(text, device);
  return device;
}

/** A copy, since a slice that is remembered would keep the whole. */
function beginningOf(userAgent: string): string {
  if (userAgent.length <= MAX_USER_AGENT_CHARACTERS) return userAgent;
  return Buffer.from(userAgent.slice(0, MAX_USER_AGENT_CHARACTERS)).toString();
}

const knownRobots = new LRUCache<string, boolean>({ max: 5_000 });

/** Crawlers, previews, monitors, headless browsers and HTTP libraries. */
export function isRobot(userAgent: string): boolean {
  const text = beginningOf(userAgent);
  const found = knownRobots.get(text) ?? isbot(text);
  knownRobots.set(text, found);
  return found;
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
