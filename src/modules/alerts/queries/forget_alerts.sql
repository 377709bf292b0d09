delete from alerts where resolved_at < $1::timestamptz - $2::interval
