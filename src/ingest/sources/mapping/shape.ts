/** Checks a mapping's shape against its JSON Schema and says in words what is wrong where. Pure. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { MAPPING_SCHEMA } from './mapping-schema.js';
import type { MappingText, Path } from './mapping-text.js';

/** `verbose` gives errors the schema and the data that they are about. */
const validate = new Ajv2020({
  allErrors: true,
  strict: false,
  strictNumbers: true,
  verbose: true,
}).compile(MAPPING_SCHEMA);

const NAMES: Record<string, string> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  null: 'nothing',
};

export function complainOfShape(yaml: MappingText): void {
  if (validate(yaml.data)) return;
  for (const error of validate.errors ?? []) {
    const path = pathOf(error.instancePath);
    if (error.keyword === 'additionalProperties') {
      const { additionalProperty } = error.params as { additionalProperty: string };
      yaml.complain([...path, additionalProperty], sentence(error, path));
    } else {
      yaml.complain(path, sentence(error, path), error.keyword === 'required' ? 'key' : 'value');
    }
  }
}

function sentence(error: ErrorObject, path: Path): string {
  const place = label(path);
  const { params, parentSchema, data } = error;
  switch (error.keyword) {
    case 'additionalProperties': {
      const known = Object.keys((parentSchema?.['properties'] as object | undefined) ?? {});
      return `${place} has no key ${params['additionalProperty']}; known are ${known.join(', ')}.`;
    }
    case 'required':
      return `${place} needs the key ${params['missingProperty']}.`;
    case 'type': {
      const allowed = [params['type'] as string | string[]].flat().map((type) => NAMES[type]);
      return `${place} must be ${allowed.join(' or ')}, not ${nameOf(data)}${quoteHint(data, allowed)}.`;
    }
    case 'enum':
      return `${place} must be one of ${(params['allowedValues'] as string[]).join(', ')}.`;
    case 'pattern':
      return `${place} must be ${String(parentSchema?.['description'])}.`;
    case 'minLength':
    case 'minProperties':
      return `${place} must not be empty.`;
    default:
      return `${place} ${error.message}.`;
  }
}

const quoteHint = (data: unknown, allowed: readonly unknown[]) =>
  allowed.includes(NAMES['string']) && typeof data !== 'object' ? '; put it in quotes' : '';

function nameOf(data: unknown): string {
  if (data === null || data === undefined) return 'nothing';
  if (typeof data === 'number' && !Number.isFinite(data)) return String(data);
  return NAMES[Array.isArray(data) ? 'array' : typeof data] ?? typeof data;
}

/** `rows[1].fields.order_id`. */
function label(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return text === '' ? 'the YAML' : text.replace(/^\./, '');
}

/** Reads a JSON pointer; whether 0 is an index or a key, the place is found by either. */
function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
