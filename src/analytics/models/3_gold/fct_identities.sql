select visitor_id, valid_from, customer_id
from ref('silver.identities')
