select currency, date, rate, through
from ref('silver.reporting_rates')
