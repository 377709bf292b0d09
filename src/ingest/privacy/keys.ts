/**
 * Says which keys hold personal data, by their names alone. Keys are compared in lower case without
 * punctuation, so `firstName`, `first_name` and `First-Name` are one key.
 */
import type { PersonalKind } from '../../platform/vault/tokeniser.js';
import { remembering } from './remembering.js';

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/).filter(Boolean));

const IP_KEYS = words(`ip ips ipv4 ipv6 remoteaddr remoteaddress remoteip clientip clientaddr userip
  realip xrealip sourceip ipaddr xforwardedfor forwardedfor`);
const IP_ENDINGS = ['ipaddress', 'ipaddresses', 'ipaddr', 'clientip', 'remoteip'];

const EMAIL_KEYS = words('mail mailaddress');
const EMAIL_ENDINGS = ['email', 'emailaddress'];

const PHONE_KEYS = words(`mobile mobileno mobilenumber mobiletelephone cell cellnumber tel telno
  telnumber fax faxnumber phoneno contactnumber whatsapp whatsappnumber msisdn`);
const PHONE_ENDINGS = ['phone', 'phones', 'phonenumber', 'phonenumbers'];
/** Things that a shop sells, whose names only end like a phone. */
const NOT_PHONES = /(?:head|ear|micro|smart|i|saxo|xylo)phones?$/;

const NAME_KEYS = words(`nickname displayname customername buyername recipientname contactname
  cardholdername billingname personname`);
const NAME_ENDINGS = [
  ...['firstname', 'lastname', 'fullname', 'middlename', 'surname', 'givenname', 'familyname'],
];

const BIRTHDAY_ENDINGS = ['birthday', 'birthdate', 'dateofbirth', 'dob'];

const ADDRESS_KEYS = words(`zip zipcode postalcode postcode street street1 street2 streetname
  streetnumber housenumber addressline addressline1 addressline2 addressline3 address1 address2
  address3`);
const ADDRESS_ENDINGS = ['address', 'addresses'];
const ADDRESS_OWNERS = /^(?:billing|shipping|delivery|customer|home|mailing|recipient)/;
/** A delivery's state is its progress, and a customer's region is a sales territory. */
const NOT_ADDRESSES = words('deliverystate deliveryregion customerstate customerregion');
const PLACE_KEYS = words(`city town state region province county district suburb neighborhood
  latitude longitude lat lng lon stateprovince provincecode regioncode statecode`);

const PERSON_KEYS = words(`traits customer customers user users person people recipient recipients
  contact contacts buyer shopper customerinfo userinfo`);
const ADDRESS_OBJECT_KEYS = words('billing shipping billto shipto');
const LOCATION_KEYS = words('location geo geolocation');

const PLAIN_KEYS = words('type timezone continent');

/** What the enclosing object says about its keys; everything else comes from the key itself. */
export interface Scope {
  /** A bare `name` is a person's and not a product's. */
  isPerson: boolean;
  /** `city`, `state` and their like are part of somebody's address. */
  isAddress: boolean;
  /** The event's `context`, where `location` means the visitor's. */
  isContext: boolean;
  /** Inside `address: {…}` every value is personal unless it is known not to be. */
  inherited: PersonalKind | undefined;
}

/** The scope of an event's own keys. */
export const ROOT_SCOPE: Scope = {
  isPerson: false,
  isAddress: false,
  isContext: false,
  inherited: undefined,
};

/** A key as the rules compare it: lower case, letters and digits only. */
export const normaliseKey = remembering((key) =>
  key
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, ''),
);

const endsWithAny = (key: string, endings: readonly string[]): boolean =>
  endings.some((ending) => key.endsWith(ending));

/** True for keys whose value is a network address; they leave the event without a trace. */
export const isNetworkAddressKey = remembering(
  (key) => IP_KEYS.has(key) || endsWithAny(key, IP_ENDINGS),
);

function isPhoneKey(key: string): boolean {
  // `phone2` is a phone as well, whereas a digit after another key may mean anything.
  const bare = key.replace(/\d{1,2}$/, '');
  return PHONE_KEYS.has(bare) || (endsWithAny(bare, PHONE_ENDINGS) && !NOT_PHONES.test(bare));
}

function isAddressKey(key: string, scope: Scope): boolean {
  if (ADDRESS_KEYS.has(key) || endsWithAny(key, ADDRESS_ENDINGS)) return true;
  if (scope.isAddress && PLACE_KEYS.has(key)) return true;
  if (scope.isContext && LOCATION_KEYS.has(key)) return true;
  if (NOT_ADDRESSES.has(key)) return false;
  const part = key.replace(ADDRESS_OWNERS, '').replace(/^address(?=\D)/, '');
  return part !== key && (ADDRESS_KEYS.has(part) || PLACE_KEYS.has(part));
}

function ownKind(key: string, scope: Scope): PersonalKind | undefined {
  if (EMAIL_KEYS.has(key) || endsWithAny(key.replace(/\d{1,2}$/, ''), EMAIL_ENDINGS)) {
    return 'email';
  }
  if (isPhoneKey(key)) return 'phone';
  if (NAME_KEYS.has(key) || endsWithAny(key, NAME_ENDINGS)) return 'name';
  if (key === 'name' && scope.isPerson) return 'name';
  if (endsWithAny(key, BIRTHDAY_ENDINGS)) return 'birthday';
  return isAddressKey(key, scope) ? 'address' : undefined;
}

/** Keys that say nothing about where or who, even inside an address. */
function isPlainInside(key: string): boolean {
  return key.startsWith('country') || key.endsWith('id') || PLAIN_KEYS.has(key);
}

/** The kind of personal data that a (normalised) key holds in this scope, if any. */
export function personalKind(key: string, scope: Scope): PersonalKind | undefined {
  return rulesOf(scope).kind(key);
}

/** The scope of the object that stands under a (normalised) key. */
export function scopeUnder(key: string, scope: Scope): Scope {
  return rulesOf(scope).under(key);
}

/** The rules within one scope, with what they said of the keys that come again and again. */
interface Rules {
  kind: (key: string) => PersonalKind | undefined;
  under: (key: string) => Scope;
}

const rulesByScope = new WeakMap<Scope, Rules>();
/** Scopes that are alike are one, so that the rules are found again. There are some forty. */
const alike = new Map<string, Scope>();

function rulesOf(scope: Scope): Rules {
  const known = rulesByScope.get(scope);
  if (known) return known;
  const rules: Rules = {
    kind: remembering((key) => kindOf(key, scope)),
    under: remembering((key) => {
      const found = scopeOf(key, scope);
      const name = JSON.stringify(Object.values(found));
      const same = alike.get(name) ?? found;
      alike.set(name, same);
      return same;
    }),
  };
  rulesByScope.set(scope, rules);
  return rules;
}

function kindOf(key: string, scope: Scope): PersonalKind | undefined {
  const own = ownKind(key, scope);
  if (own !== undefined) return own;
  return isPlainInside(key) ? undefined : scope.inherited;
}

function scopeOf(key: string, scope: Scope): Scope {
  const kind = kindOf(key, scope);
  const isAddress = kind === 'address' || ADDRESS_OBJECT_KEYS.has(key);
  return {
    isPerson: isAddress || PERSON_KEYS.has(key),
    isAddress: isAddress || key === 'traits',
    isContext: key === 'context',
    // Marketing events carry `email: { subject, … }`; the address in it is found by its shape.
    inherited: kind === 'email' ? undefined : kind,
  };
}

const IDENTIFIER_ENDINGS = [
  ...['id', 'ids', 'sku', 'skus', 'uuid', 'guid', 'timestamp', 'date', 'time', 'edat', 'sentat'],
  ...['version', 'useragent', 'barcode', 'gtin', 'ean', 'upc', 'isbn', 'token', 'hash', 'code'],
  ...['ordernumber', 'invoicenumber', 'trackingnumber', 'serialnumber', 'modelnumber'],
  ...['partnumber', 'orderno', 'invoiceno', 'reference'],
];

/** True for keys whose digits are never a nationally written phone number. */
export const isIdentifierKey = remembering((key) => endsWithAny(key, IDENTIFIER_ENDINGS));

/** True for keys whose string is a URL or a path. */
export const isUrlKey = remembering((key) =>
  endsWithAny(key, ['url', 'uri', 'href', 'path', 'referrer', 'referer']),
);

/** True for keys whose string may be a query string without its question mark. */
export const isQueryKey = remembering((key) =>
  endsWithAny(key, ['search', 'query', 'querystring', 'url']),
);
