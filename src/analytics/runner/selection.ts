/** Which models a run's target names. */
import { CodedError } from '../../contracts/errors.js';
import type { Model, Project } from '../compiler/model.js';

export const SCHEDULE_IDS = ['streaming', 'minutely', 'hourly', 'daily'] as const;

/** `all`, a schedule, or one model; views are part of the project but have nothing to run. */
export function selectModels(project: Project, target: string): Model[] {
  const runnable = project.models.filter(({ kind }) => kind !== 'view');
  if (target === 'all') return runnable;
  if (SCHEDULE_IDS.some((id) => id === target)) {
    return runnable.filter(({ schedule }) => schedule === target);
  }
  const model = runnable.find(({ name }) => name === target);
  if (!model) {
    throw new CodedError(
      'unknown_model',
      `${target.slice(0, 100)} is neither a model, nor a schedule (${SCHEDULE_IDS.join(', ')}), nor all.`,
    );
  }
  return [model];
}
