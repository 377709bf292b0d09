/**
 * The views over days and months are shown by an exchange with one that bears a stage's name: a
 * leader that was followed while it paused finds it dropped, and shows no border of before.
 */
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Model } from '../compiler/model.js';
import type { Leadership } from './leader.js';
import { viewsOverTables } from './tables.js';

export async function showBorder(
  warehouse: Pick<Warehouse, 'command'>,
  leadership: Pick<Leadership, 'epoch' | 'confirm'>,
  model: Model,
  border: string | undefined,
  stands: (view: string) => boolean = () => true,
): Promise<void> {
  const run = (statement: string) => warehouse.command('pipeline', statement);
  for (const [index, { name, sql }] of viewsOverTables(model, border).entries()) {
    if (!stands(name)) {
      await leadership.confirm();
      await run(`create view ${name} as ${sql}`);
      continue;
    }
    const replacement = `stage.${model.name.replace('.', '_')}__e${leadership.epoch}_view_${index}`;
    await run(`create view ${replacement} as ${sql}`);
    await leadership.confirm();
    await run(`exchange tables ${name} and ${replacement}`);
    await run(`drop table ${replacement} sync`);
  }
}
