/** A warehouse over a real one into whose statements a fault can be laid. */
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';

const STATEMENTS = ['command', 'query', 'queryOne'];

export interface Fault {
  /** Which of the commands that count it befalls, from 1. */
  at: number;
  counts: (sql: string) => boolean;
  /** Dead: this and all later statements fail. Else the command is carried out, then fails once. */
  isDeath: boolean;
  /** What happens just before it. */
  before?: () => Promise<unknown>;
}

/** `commands` counts from where a fault was laid on. */
export interface Trap {
  commands: number;
  lay(fault: Fault | null): void;
}

export function disturbable(warehouse: Warehouse): { warehouse: Warehouse; trap: Trap } {
  let fault: Fault | null = null;
  const trap: Trap = {
    commands: 0,
    lay: (laid) => {
      fault = laid;
      trap.commands = 0;
    },
  };
  async function pass(command: string | null, carryOut: () => unknown): Promise<unknown> {
    const laid = fault;
    const isCounted = command !== null && laid?.counts(command) === true;
    if (isCounted) trap.commands += 1;
    const isHere = isCounted && trap.commands === laid.at;
    if (isHere) await laid.before?.();
    if (laid?.isDeath && trap.commands >= laid.at) throw new Error('The process is dead.');
    const answer = await carryOut();
    if (isHere) throw new Error('The connection broke.');
    return answer;
  }
  const proxy = new Proxy(warehouse, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function' || !STATEMENTS.includes(String(property))) return member;
      return (...parameters: unknown[]) =>
        pass(property === 'command' ? String(parameters[1]) : null, () =>
          Reflect.apply(member, target, parameters),
        );
    },
  });
  return { warehouse: proxy, trap };
}
