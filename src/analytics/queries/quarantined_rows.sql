select count() as rows
from operations.quarantined_rows final
where _loaded_at >= {from:DateTime64(3, 'UTC')} and _loaded_at < {to:DateTime64(3, 'UTC')}
