-- migrate: no-transaction
-- What was deleted before: what is recorded beyond what is there counts as taken away. The triggers are at work already,
-- and all is seen at one moment, so this may run beside whoever writes, and twice.
with there as (
    select 'registrations' as metric, date_bin('15 minutes', created_at, 'epoch') as bucket, count(*) as amount
      from users group by 2
    union all
    select 'logins', date_bin('15 minutes', started_at, 'epoch'), count(*) from sessions group by 2
), recorded as (
    select case metric when 'registrations_deleted' then 'registrations' when 'logins_purged' then 'logins'
                       else metric end as metric,
           bucket, sum(case when metric in ('registrations', 'logins') then amount else -amount end) as amount
      from (select metric, bucket, amount from stat_totals union all select metric, bucket, amount from stat_deltas) r
     where metric in ('registrations', 'logins', 'registrations_deleted', 'logins_purged')
     group by 1, 2
)
insert into stat_deltas (metric, bucket, amount)
select case metric when 'registrations' then 'registrations_deleted' else 'logins_purged' end, bucket,
       r.amount - coalesce(t.amount, 0)
  from recorded r left join there t using (metric, bucket)
 where r.amount > coalesce(t.amount, 0);
