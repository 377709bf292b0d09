/** The GraphQL types of behaviour, made from its definitions. */
import {
  departmentAnswers,
  departmentArguments,
  departmentEnums,
} from '../../metrics/department-types.js';
import { BEHAVIOUR_DEPARTMENT } from '../behaviour.metrics.js';

export const BehaviourEnums = departmentEnums('Behaviour', BEHAVIOUR_DEPARTMENT);

export const BehaviourArguments = departmentArguments('Behaviour', BehaviourEnums);
export const BehaviourAnswers = departmentAnswers('Behaviour', BehaviourEnums);
