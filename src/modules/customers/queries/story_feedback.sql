-- What the customer said, newest first; personal data in the text is masked.
select
    feedback_id, kind, created_at, rating, compound, label, text, product_id, order_id
from gold.fct_feedback
where customer_id = {customer:String}
order by created_at desc, feedback_id
limit {limit:UInt32}
