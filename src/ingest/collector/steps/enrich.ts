/**
 * Step 3, enrich: what can only be told from the raw event and its request, before the privacy
 * step takes the address away.
 */
import type { JsonObject, JsonValue } from '../../../contracts/json.js';
import { remembering } from '../../privacy/remembering.js';
import type { EventProblem, Facts, RequestFacts } from '../outcome.js';
import type { ChannelFacts, ChannelRules } from './channel.js';
import { eventTime } from './clock-skew.js';
import type { Countries } from './country.js';
import { deviceOf, isRobot, SERVER_DEVICE, type Device } from './device.js';
import { isObject } from './parse.js';

export interface Enrichers {
  countries: Countries;
  channels: ChannelRules;
}

/** Parameters by which advertising networks name the click, in order of preference. */
const CLICK_IDS = [
  'gclid',
  'wbraid',
  'gbraid',
  'dclid',
  'msclkid',
  'fbclid',
  'ttclid',
  'twclid',
  'li_fat_id',
  'epik',
  'rdt_cid',
  'ScCid',
];
const MAX_CLICK_ID_CHARACTERS = 500;

export function enrich(
  event: JsonObject,
  request: RequestFacts,
  { countries, channels }: Enrichers,
): Facts | EventProblem {
  const time = eventTime(timestampOf(event), request.sentAt, request.receivedAt);
  if (typeof time === 'string') return { code: 'invalid_event', detail: time };
  const context = objectAt(event, 'context');
  const page = parseUrl(textAt(objectAt(context, 'page'), 'url'));
  const referrer = parseUrl(textAt(objectAt(context, 'page'), 'referrer'));
  const utm = campaignOf(objectAt(context, 'campaign'), page);
  const referrerHost = hostOf(referrer);
  const click = clickOf(page);
  const facts: ChannelFacts = {
    utm_source: utm.source,
    utm_medium: utm.medium,
    click_id: click.name,
    referrer_host: referrerHost,
    is_internal: String(referrerHost !== '' && referrerHost === hostOf(page)),
  };
  return {
    time,
    country: countries.countryOf(event, request),
    channel: channels.channelOf(facts),
    click,
    referrerHost,
    utm,
    is_bot: isBot(event, context, request),
    ...device(context, request),
  };
}

/** When the client says it happened; some SDKs leave `timestamp` to the server's correction. */
export function timestampOf(event: JsonObject): JsonValue | undefined {
  return event['timestamp'] ?? event['originalTimestamp'];
}

/**
 * Whether a robot looked at the page. The user agent of a server's own library says nothing of the
 * visitor, and a browser's tells the visitor's itself, so the request's is asked only for what a
 * page sends without a library.
 */
function isBot(event: JsonObject, context: JsonObject, { headers }: RequestFacts): boolean {
  const userAgent = textAt(context, 'userAgent');
  if (userAgent !== '') return isRobot(userAgent);
  const isOfPage = event['type'] === 'page' || isObject(context['page']);
  const own = headers['user-agent'];
  const isOfLibrary = isObject(context['library']) || textAt(context, 'channel') === 'server';
  return isOfPage && !isOfLibrary && typeof own === 'string' ? isRobot(own) : false;
}

/** The visitor's user agent as the SDK sends it, else the request's own, else a server's library. */
function device(context: JsonObject, { headers }: RequestFacts): Device {
  const userAgent = textAt(context, 'userAgent');
  if (userAgent !== '') return deviceOf(userAgent);
  if (textAt(context, 'channel') === 'server') return SERVER_DEVICE;
  const own = headers['user-agent'];
  return deviceOf(typeof own === 'string' ? own : '');
}

/** `context.campaign` as the SDKs parse it, else the utm parameters of the page's URL. */
function campaignOf(campaign: JsonObject, page: URL | null): Facts['utm'] {
  const part = (field: string, parameter = field) =>
    textAt(campaign, field) || (page?.searchParams.get(`utm_${parameter}`) ?? '');
  return {
    source: part('source'),
    medium: part('medium'),
    campaign: textAt(campaign, 'name') || part('campaign'),
    term: part('term'),
    content: part('content'),
  };
}

function clickOf(page: URL | null): Facts['click'] {
  const name = CLICK_IDS.find((parameter) => page?.searchParams.get(parameter));
  if (name === undefined) return { name: '', id: '' };
  const id = page!.searchParams.get(name)!.slice(0, MAX_CLICK_ID_CHARACTERS);
  return { name: name.toLowerCase(), id };
}

/** Pages come again and again. */
const parseUrl = remembering((text: string) => (URL.canParse(text) ? new URL(text) : null));

function hostOf(url: URL | null): string {
  return (url?.hostname ?? '').replace(/^www\./, '').toLowerCase();
}

export function objectAt(parent: JsonObject, key: string): JsonObject {
  const value: JsonValue | undefined = parent[key];
  return isObject(value) ? value : {};
}

export function textAt(parent: JsonObject, key: string): string {
  const value = parent[key];
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}
