/** The GraphQL types of customers, made from its definitions. */
import {
  departmentAnswers,
  departmentArguments,
  departmentEnums,
} from '../../metrics/department-types.js';
import { CUSTOMERS_DEPARTMENT } from '../customers.metrics.js';

const enums = departmentEnums('Customers', CUSTOMERS_DEPARTMENT);

export const CustomersArguments = departmentArguments('Customers', enums);
export const CustomersAnswers = departmentAnswers('Customers', enums);
