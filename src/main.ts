/** Starts the service and stops it in order. Imported by the command line and the tests. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Runner, Schedules } from './analytics/index.js';
import { AppModule } from './app.module.js';
import { PART_BYTES } from './contracts/uploads.js';
import { BronzeWriter, Loads } from './ingest/index.js';
import { documentRestApi } from './openapi.js';
import type { AppConfig } from './platform/config/config.js';
import { writeServiceFile } from './platform/data-dir.js';
import { observeRequests } from './platform/http/observe-requests.js';
import { admitWithin } from './platform/http/admission.js';
import { acceptBodies } from './platform/http/bodies.js';
import {
  acceptFileParts,
  allowStorefronts,
  createAdapter,
  fastifyOf,
  limitAddresses,
  limitConnections,
  refuseWhile,
} from './platform/http/server.js';
import { NestLogger } from './platform/logging/logger.js';
import { openPlatform, type Platform } from './platform/platform.js';

export interface Service {
  url: string;
  platform: Platform;
  app: NestFastifyApplication;
  /** Stops accepting, drains, flushes, closes the stores. Safe to call twice. */
  stop: () => Promise<void>;
}

/** Whether requests are still taken. */
interface Lifecycle {
  isStopping: boolean;
}

/** Opens the stores, leads the pipeline if nobody does, and listens. */
export async function startService(config: AppConfig): Promise<Service> {
  const platform = await openPlatform(config);
  const lifecycle: Lifecycle = { isStopping: false };
  let app: NestFastifyApplication | null = null;
  try {
    app = await createApp(platform, lifecycle);
    await app.get(Runner).lead();
    await app.get(Loads, { strict: false }).resume();
    await app.listen(config.port, config.host);
    const url = addressOf(app, config.host);
    writeServiceFile(config.dataDir, { url, pid: process.pid, token: platform.localToken });
    platform.logger.info({ url }, 'The service is ready.');
    const stop = once(stopService.bind(null, app, platform, lifecycle));
    return { url, platform, app, stop };
  } catch (error) {
    await app?.close().catch(() => undefined);
    await app?.get(Runner).stop();
    await platform.close();
    throw error;
  }
}

/** The HTTP application on an opened platform, not yet listening. */
export async function createApp(
  platform: Platform,
  lifecycle: Lifecycle = { isStopping: false },
): Promise<NestFastifyApplication> {
  const { config, telemetry, logger } = platform;
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.create(platform),
    createAdapter(config.trustedProxies),
    { bodyParser: false, abortOnError: false, logger: new NestLogger(logger) },
  );
  const fastify = fastifyOf(app);
  limitConnections(app, config.maxConnections);
  observeRequests(fastify, telemetry, logger);
  allowStorefronts(fastify);
  refuseWhile(fastify, () => lifecycle.isStopping);
  limitAddresses(fastify, platform.rateLimits, logger, config.trustedProxies);
  admitWithin(fastify, telemetry);
  acceptBodies(fastify);
  acceptFileParts(fastify, '/api/v1/pipelines/loads/', PART_BYTES);
  documentRestApi(app);
  await app.init();
  return app;
}

async function stopService(
  app: NestFastifyApplication,
  platform: Platform,
  lifecycle: Lifecycle,
): Promise<void> {
  platform.logger.info('The service is stopping.');
  lifecycle.isStopping = true;
  app.get(Schedules).stop();
  await app.close();
  await app.get(Runner).stop();
  await app.get(BronzeWriter, { strict: false }).drain();
  await platform.close();
  platform.logger.info('The service has stopped.');
}

function addressOf(app: NestFastifyApplication, host: string): string {
  const address: unknown = app.getHttpServer().address();
  const port = (address as { port: number }).port;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => (running ??= work());
}
