/**
 * Ingest, hop 1: anything that arrives becomes rows of bronze. Imported by the wiring only; it
 * meets analytics at the bronze tables, never by import.
 */
import { join } from 'node:path';
import type { DynamicModule, Provider } from '@nestjs/common';
import type { Platform } from '../platform/platform.js';
import { BronzeWriter } from './bronze.writer.js';
import { CollectorController } from './collector/collector.controller.js';
import { ContractRegistry } from './collector/contract-registry.js';
import { Collector } from './collector/pipeline.js';
import { ChannelRules } from './collector/steps/channel.js';
import { Countries } from './collector/steps/country.js';
import { WriteStep } from './collector/steps/write.js';
import { RejectedEvents } from './rejected/rejected-events.js';
import { Replays } from './rejected/replays.js';
import { TrackingReader } from './tracking/tracking.js';
import { ShopSource } from './sources/database/shop-source.js';
import { LoadStore } from './sources/loads/load-store.js';
import { Loads } from './sources/loads/loads.js';
import { Spool } from './sources/loads/spool.js';
import { FxRatesSource } from './sources/http/fx-rates-source.js';

class IngestModule {}

export function createIngestModule(platform: Platform): DynamicModule {
  const { warehouse, telemetry, logger, apiKeys, tokeniser, vault, config } = platform;
  const { controlDb, clock } = platform;
  const { reportingCurrency } = config;
  const sinkParts = { warehouse, vault, tokeniser, clock, reportingCurrency };
  return {
    module: IngestModule,
    global: true,
    controllers: [CollectorController],
    providers: [
      { provide: ContractRegistry, useFactory: () => new ContractRegistry() },
      {
        provide: BronzeWriter,
        useFactory: () => new BronzeWriter(warehouse, telemetry, logger),
      },
      {
        provide: Collector,
        inject: [ContractRegistry, BronzeWriter],
        useFactory: async (contracts: ContractRegistry, bronze: BronzeWriter) =>
          new Collector({
            keys: apiKeys,
            rateLimits: platform.rateLimits,
            tokeniser,
            vault,
            contracts,
            telemetry,
            countries: await Countries.open(config.geoipDb),
            channels: new ChannelRules(),
            writeStep: new WriteStep(bronze),
            reportingCurrency: config.reportingCurrency,
          }),
      },
      {
        provide: TrackingReader,
        inject: [ContractRegistry],
        useFactory: (contracts: ContractRegistry) => new TrackingReader(warehouse, contracts),
      },
      { provide: RejectedEvents, useFactory: () => new RejectedEvents(warehouse) },
      {
        provide: Replays,
        inject: [BronzeWriter, Collector],
        useFactory: (bronze: BronzeWriter, collector: Collector) =>
          new Replays({ warehouse, vault, clock, reportingCurrency, bronze, collector }),
      },
      {
        provide: LoadStore,
        useFactory: () => new LoadStore(controlDb.dataSource, vault, clock),
      },
      {
        provide: Loads,
        inject: [BronzeWriter, Collector, LoadStore],
        useFactory: (bronze: BronzeWriter, collector: Collector, store: LoadStore) =>
          new Loads(
            { ...sinkParts, bronze, collector, store },
            new Spool(join(config.dataDir, 'spool')),
            logger,
          ),
      },
      fxRatesProvider(platform),
      {
        provide: ShopSource,
        inject: [BronzeWriter, LoadStore],
        useFactory: (bronze: BronzeWriter, store: LoadStore) =>
          new ShopSource({ ...sinkParts, bronze, store, config, controlDb, telemetry, logger }),
      },
    ],
    exports: [BronzeWriter, Loads, RejectedEvents, Replays, ShopSource, TrackingReader],
  };
}

const fxRatesProvider = ({ config, logger }: Platform): Provider => ({
  provide: FxRatesSource,
  inject: [Loads],
  useFactory: (loads: Loads) => new FxRatesSource(loads, config, logger),
});
