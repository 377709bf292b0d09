/** Dashboards are built from the schema alone, so nothing in it goes unexplained. */
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLField,
} from 'graphql';

const schema = buildSchema(readFileSync(new URL('../schema.gql', import.meta.url), 'utf8'));

function undocumented(): string[] {
  const found: string[] = [];
  const look = (name: string, { description }: { description?: string | null | undefined }) => {
    if (!description) found.push(name);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    const isRoot = type === schema.getQueryType() || type === schema.getMutationType();
    if (!isRoot) look(type.name, type);
    if (isEnumType(type)) type.getValues().forEach((value) => look(`${type}.${value.name}`, value));
    if (!isObjectType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const name = `${type.name}.${field.name}`;
      look(name, field);
      const { args = [] } = field as Partial<GraphQLField<unknown, unknown>>;
      for (const given of args) look(`${name}(${given.name})`, given);
    }
  }
  return found;
}

it('every type, field, argument and value of the GraphQL schema is described', () => {
  expect(undocumented()).toEqual([]);
});
