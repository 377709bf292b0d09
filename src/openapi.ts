/** The REST contract: served at /openapi.json and as a page at /docs; checked in as openapi.json. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

const VERSION = '1';

const ANSWER_SCHEMA = {
  type: 'object',
  required: ['data', 'meta'],
  properties: {
    data: { description: 'What the view answers: an object by metric id, points or rows.' },
    meta: {
      type: 'object',
      description: 'The metric contract.',
      properties: {
        asOf: { type: 'string', format: 'date-time', nullable: true },
        range: {
          type: 'object',
          properties: { from: { type: 'string' }, to: { type: 'string' } },
        },
        timezone: { type: 'string' },
        currency: { type: 'string' },
        definitionVersion: { type: 'object', additionalProperties: { type: 'integer' } },
        formula: { type: 'object', additionalProperties: { type: 'string' } },
        completeness: {
          type: 'string',
          enum: ['complete', 'partial', 'provisional', 'unreconciled'],
        },
        approximate: { type: 'array', items: { type: 'string' } },
        held: { type: 'array', items: { type: 'string' } },
        servedFrom: { type: 'string', enum: ['cache', 'gold'] },
      },
    },
  },
};

export function buildRestDocument(app: INestApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Cartograph')
    .setDescription('E-commerce analytics: collect events, read governed metrics.')
    .setVersion(VERSION)
    .addBearerAuth()
    .addBasicAuth()
    .build();
  const document = SwaggerModule.createDocument(app, options);
  const schemas = { ...document.components?.schemas, Answer: ANSWER_SCHEMA };
  return { ...document, components: { ...document.components, schemas } } as OpenAPIObject;
}

export function documentRestApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => buildRestDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    swaggerOptions: { persistAuthorization: false },
  });
}
