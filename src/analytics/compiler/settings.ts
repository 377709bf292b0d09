/**
 * What of the configuration the models' SQL may name, put in as literals: a model that names a
 * setting has another definition under another value, and so is made anew. Pure.
 */
export interface ModelSettings {
  /** ISO 4217; `reporting_currency()` in a model's SQL or contract. */
  reportingCurrency: string;
}

/** What holds where nobody configures anything. */
export const DEFAULT_SETTINGS: ModelSettings = { reportingCurrency: 'USD' };

const CURRENCY_CODE = /^[A-Z]{3}$/;

export function resolveSettings(text: string, { reportingCurrency }: ModelSettings): string {
  if (!CURRENCY_CODE.test(reportingCurrency)) {
    throw new Error('The reporting currency is not an ISO 4217 code such as EUR.');
  }
  return text.replaceAll('reporting_currency()', `'${reportingCurrency}'`);
}
