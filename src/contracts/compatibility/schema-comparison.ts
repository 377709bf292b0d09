/**
 * Compares two schemas: which rules of the newer one does the older one not imply? Where none is
 * found, every event that held before holds now. It errs to the safe side: what it cannot decide it
 * names as something that may break. Pure.
 */
import type { JsonObject, JsonValue } from '../json.js';
import {
  asSchema,
  isObject,
  propertyNames,
  propertyOf,
  type Located,
  type SchemaSet,
} from '../schema-set.js';
import { escapePointer, type Gap } from './gap.js';
import { canonical, remainingTypes, valueGaps, VALUE_KEYWORDS } from './value-gaps.js';

const ANNOTATIONS = new Set([
  ...['$schema', '$id', '$defs', '$comment', 'title', 'description', 'default', 'examples'],
  ...['deprecated', 'readOnly', 'writeOnly'],
]);
const COMPARED = new Set([
  ...VALUE_KEYWORDS,
  ...['required', 'properties', 'additionalProperties', 'items', 'anyOf'],
]);
const MAX_DEPTH = 32;
const MAX_EXPANSION = 16;
const SHOWN_CHARACTERS = 80;

/** Compares schemas of two sets. */
export class SchemaComparison {
  private readonly underWay = new Set<string>();

  constructor(
    private readonly before: SchemaSet,
    private readonly after: SchemaSet,
  ) {}

  /** The gaps from schemas of the older set, all of which hold, to those of the newer one. */
  gaps(old: readonly Located[], now: readonly Located[], pointer = '', depth = 0): Gap[] {
    if (depth > MAX_DEPTH) {
      const deep = { was: 'too deep to compare', now: 'too deep to compare' };
      return [{ pointer, rule: 'depth', certainty: 'may_break', ...deep }];
    }
    const wanted = this.after.plain(now);
    const given = this.before.plain(old);
    // A schema that contains itself holds if nothing else speaks against it.
    const key = canonical([given, wanted] as unknown as JsonValue);
    if (this.underWay.has(key)) return [];
    this.underWay.add(key);
    const types = remainingTypes(given, wanted);
    const found = [
      ...valueGaps(given, wanted, pointer),
      ...(types.includes('object') ? this.objectGaps(given, wanted, pointer, depth) : []),
      ...(types.includes('array') ? this.itemGaps(given, wanted, pointer, depth) : []),
      ...this.alternativeGaps(given, wanted, pointer, depth),
      ...this.otherGaps(given, wanted, pointer),
    ];
    this.underWay.delete(key);
    return found;
  }

  private objectGaps(old: Located[], now: Located[], pointer: string, depth: number): Gap[] {
    const before = requiredBy(old);
    const required = [...requiredBy(now)]
      .filter((name) => !before.has(name))
      .map((name): Gap => {
        const place = `${pointer}/${escapePointer(name)}`;
        const words = { was: 'may be left out', now: 'must be sent' };
        return { pointer: place, rule: 'required', certainty: 'breaks', ...words };
      });
    const properties = propertyNames(now).flatMap((name) => {
      const place = `${pointer}/${escapePointer(name)}`;
      const known = [...propertyOf(old, name), ...othersOf(old, name)];
      const found = this.gaps(known, propertyOf(now, name), place, depth + 1);
      if (known.length > 0 || found.length === 0) return found;
      const words = { was: 'not declared, so anything', now: wordsOf(found) };
      return [{ pointer: place, rule: 'properties', certainty: 'may_break' as const, ...words }];
    });
    return [...required, ...properties, ...this.closedGaps(old, now, pointer, depth)];
  }

  /** What `additionalProperties` of the newer schema says of properties that it does not declare. */
  private closedGaps(old: Located[], now: Located[], pointer: string, depth: number): Gap[] {
    return now.flatMap(({ schema, file }) => {
      const others = schema['additionalProperties'];
      if (others === undefined || others === true) return [];
      if ([...old, { schema, file }].some((each) => 'patternProperties' in each.schema)) {
        return [undecided(pointer, 'additionalProperties')];
      }
      const own = asSchema(schema['properties']);
      const allowed = [{ schema: asSchema(others), file }];
      const named = propertyNames(old)
        .filter((name) => !Object.hasOwn(own, name))
        .flatMap((name): Gap[] => {
          const place = `${pointer}/${escapePointer(name)}`;
          if (others !== false) {
            const known = [...propertyOf(old, name), ...othersOf(old, name)];
            return this.gaps(known, allowed, place, depth + 1);
          }
          const words = { was: 'declared', now: 'not allowed' };
          const rule = 'additionalProperties';
          return [{ pointer: place, rule, certainty: 'breaks', ...words }];
        });
      return [...named, ...this.undeclaredGaps(old, { schema, file }, pointer, depth)];
    });
  }

  /** The same of properties that neither declares. */
  private undeclaredGaps(old: Located[], now: Located, pointer: string, depth: number): Gap[] {
    const others = now.schema['additionalProperties'];
    const before = othersOf(old, null);
    if (before.some(({ schema }) => canonical(schema) === canonical(asSchema(false)))) return [];
    if (others !== false) {
      const allowed = [{ schema: asSchema(others), file: now.file }];
      return this.gaps(before, allowed, `${pointer}/*`, depth + 1);
    }
    const words = { was: 'open', now: 'closed to properties that are not declared' };
    return [{ pointer, rule: 'additionalProperties', certainty: 'breaks', ...words }];
  }

  private itemGaps(old: Located[], now: Located[], pointer: string, depth: number): Gap[] {
    const itemsOf = (conjuncts: Located[]) =>
      conjuncts
        .filter(({ schema }) => schema['items'] !== undefined)
        .map(({ schema, file }) => ({ schema: asSchema(schema['items']), file }));
    const wanted = itemsOf(now);
    if (wanted.length === 0) return [];
    if ([...old, ...now].some(({ schema }) => 'prefixItems' in schema)) {
      return [undecided(pointer, 'items')];
    }
    return this.gaps(itemsOf(old), wanted, `${pointer}/*`, depth + 1);
  }

  /** Each `anyOf` must be implied by what held before, in each way in which it could hold. */
  private alternativeGaps(old: Located[], now: Located[], pointer: string, depth: number): Gap[] {
    const groups = groupsOf(old);
    return groupsOf(now).flatMap((wanted): Gap[] => {
      if (this.impliesOneOf(old, wanted, pointer, depth) === 'holds') return [];
      const lost = groups.map((group) => this.lostOf(group, old, wanted, pointer, depth));
      const [best] = lost.sort((a, b) => a.length - b.length);
      if (best?.length === 0) return [];
      const isSure = best === undefined || best.some(({ verdict }) => verdict === 'breaks');
      const was =
        best === undefined ? 'nothing of the kind' : `also ${best.map(wordsOfLost).join('; ')}`;
      const words = { was, now: `one of ${wanted.map(({ schema }) => shown(schema)).join('; ')}` };
      return [{ pointer, rule: 'anyOf', certainty: isSure ? 'breaks' : 'may_break', ...words }];
    });
  }

  private lostOf(
    group: Located[],
    old: Located[],
    wanted: Located[],
    pointer: string,
    depth: number,
  ): Lost[] {
    return group.flatMap((alternative) => {
      const verdict = this.impliesOneOf([...old, alternative], wanted, pointer, depth);
      return verdict === 'holds' ? [] : [{ alternative, verdict }];
    });
  }

  private impliesOneOf(old: Located[], wanted: Located[], pointer: string, depth: number): Verdict {
    let verdict: Verdict = 'breaks';
    for (const alternative of wanted) {
      const found = this.gaps(old, [alternative], pointer, depth + 1);
      if (found.length === 0) return 'holds';
      if (found.every(({ certainty }) => certainty === 'may_break')) verdict = 'may_break';
    }
    return verdict;
  }

  /** Keywords that are not compared hold only where they stand just as they did. */
  private otherGaps(old: Located[], now: Located[], pointer: string): Gap[] {
    const known = new Set(old.map((each) => this.othersText(each, this.before)));
    return now.flatMap((each): Gap[] => {
      const keywords = othersIn(each.schema);
      // What they mean depends on all that stands beside them.
      const isContextual = keywords.some((keyword) => keyword.startsWith('unevaluated'));
      const isSame = isContextual
        ? this.wholeText(old, this.before) === this.wholeText(now, this.after)
        : known.has(this.othersText(each, this.after));
      if (keywords.length === 0 || isSame) return [];
      return keywords.map((keyword) => undecided(pointer, keyword));
    });
  }

  private othersText({ schema, file }: Located, set: SchemaSet): string {
    const others = Object.fromEntries(othersIn(schema).map((name) => [name, schema[name]]));
    return canonical(expand(others, file, set, 0));
  }

  private wholeText(conjuncts: Located[], set: SchemaSet): string {
    return canonical(conjuncts.map(({ schema, file }) => expand(schema, file, set, 0)));
  }
}

type Verdict = 'holds' | Gap['certainty'];

interface Lost {
  alternative: Located;
  verdict: Verdict;
}

const wordsOfLost = ({ alternative }: Lost) => shown(alternative.schema);

function undecided(pointer: string, rule: string): Gap {
  const words = { was: 'another rule', now: 'a rule that cannot be compared' };
  return { pointer, rule, certainty: 'may_break', ...words };
}

function requiredBy(conjuncts: readonly Located[]): Set<string> {
  const lists = conjuncts.map(({ schema }) => schema['required']);
  return new Set(lists.flatMap((list) => (Array.isArray(list) ? list.map(String) : [])));
}

/** What is said of a property by the schemas that do not declare it; null is one of no schema. */
function othersOf(conjuncts: readonly Located[], name: string | null): Located[] {
  return conjuncts.flatMap(({ schema, file }) => {
    const { additionalProperties: others, properties } = schema;
    const isDeclared = name !== null && Object.hasOwn(asSchema(properties), name);
    const isOpen = others === undefined || others === true || 'patternProperties' in schema;
    return isDeclared || isOpen ? [] : [{ schema: asSchema(others), file }];
  });
}

function groupsOf(conjuncts: readonly Located[]): Located[][] {
  return conjuncts.flatMap(({ schema, file }) => {
    const { anyOf: group } = schema;
    return Array.isArray(group) ? [group.map((each) => ({ schema: asSchema(each), file }))] : [];
  });
}

const othersIn = (schema: JsonObject) =>
  Object.keys(schema).filter(
    (name) => !COMPARED.has(name) && !ANNOTATIONS.has(name) && !name.startsWith('x-'),
  );

/** A schema with what it refers to in the place of the references. */
function expand(value: JsonValue, file: string, set: SchemaSet, depth: number): JsonValue {
  if (depth > MAX_EXPANSION) return value;
  if (Array.isArray(value)) return value.map((each) => expand(each, file, set, depth + 1));
  if (!isObject(value)) return value;
  if (typeof value['$ref'] === 'string') {
    const parts = set.plain([{ schema: value, file }]);
    return parts.map((part) => expand(part.schema, part.file, set, depth + 1));
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [name, expand(member!, file, set, depth + 1)]),
  );
}

function shown(schema: JsonObject): string {
  const { required } = schema;
  if (Array.isArray(required)) return required.join(' and ');
  return JSON.stringify(schema).slice(0, SHOWN_CHARACTERS);
}

const wordsOf = (gaps: readonly Gap[]) =>
  gaps
    .map(({ rule, now }) => `${rule} ${now}`)
    .join(', ')
    .slice(0, SHOWN_CHARACTERS);
