/** The GraphQL types of campaigns, made from its definitions. */
import {
  departmentAnswers,
  departmentArguments,
  departmentEnums,
} from '../../metrics/department-types.js';
import { BY_MODEL, MODELS_DEPARTMENT } from '../attribution.metrics.js';
import { CAMPAIGNS_DEPARTMENT } from '../campaigns.metrics.js';

export const CampaignsEnums = departmentEnums('Campaign', CAMPAIGNS_DEPARTMENT);
export const CampaignsArguments = departmentArguments('Campaign', CampaignsEnums);
export const CampaignsAnswers = departmentAnswers('Campaign', CampaignsEnums);

/** Of all models alike. */
export const CreditsEnums = departmentEnums('Attribution', {
  ...BY_MODEL.last_non_direct,
  metrics: BY_MODEL.last_non_direct.metrics.map((metric) => ({
    ...metric,
    formula: `${metric.label}, by the model asked for.`,
  })),
});
export const CreditsArguments = departmentArguments('Attribution', CreditsEnums);
export const CreditsAnswers = departmentAnswers('Attribution', CreditsEnums);

export const ModelsEnums = departmentEnums('AttributionModels', MODELS_DEPARTMENT);
export const ModelsAnswers = departmentAnswers('AttributionModels', ModelsEnums);
