select count() as rows
from bronze.rejected_events
where received_at >= {from:DateTime64(3, 'UTC')}
  and received_at < {to:DateTime64(3, 'UTC')}
