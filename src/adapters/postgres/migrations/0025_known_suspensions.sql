-- migrate: no-transaction
-- The suspensions of before. The triggers are at work already: what there is and what they have recorded is seen at one
-- moment, and the difference is one more delta, so this may run beside whoever writes, and twice.
with there as (
    select n.metric, n.bucket, count(*) as amount
      from users u cross join lateral suspension_numbers(u.suspended_until, u.email_verified_at) n
     where u.suspended_at is not null and u.blocked_at is null
     group by n.metric, n.bucket
), recorded as (
    select metric, bucket, sum(amount) as amount
      from (select metric, bucket, amount from stat_totals union all select metric, bucket, amount from stat_deltas) r
     where metric in ('suspensions', 'suspensions_by_day', 'unverified_suspensions', 'unverified_suspensions_by_day')
     group by metric, bucket
)
insert into stat_deltas (metric, bucket, amount)
select metric, bucket, coalesce(t.amount, 0) - coalesce(r.amount, 0)
  from there t full join recorded r using (metric, bucket)
 where coalesce(t.amount, 0) <> coalesce(r.amount, 0);
