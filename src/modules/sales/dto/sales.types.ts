/** The GraphQL types of sales, made from its definitions. */
import {
  departmentAnswers,
  departmentArguments,
  departmentEnums,
} from '../../metrics/department-types.js';
import { SALES_DEPARTMENT } from '../sales.metrics.js';

const enums = departmentEnums('Sales', SALES_DEPARTMENT);

export const SalesArguments = departmentArguments('Sales', enums);
export const SalesAnswers = departmentAnswers('Sales', enums);
