-- name: append
-- one entry, for the next seal to cover
with added as (
    insert into audit_entries (at, action, actor_id, target_id, reason, origin, changes, ip_tag, address_tag)
    values (%(at)s, %(action)s, %(actor_id)s, %(target_id)s, %(reason)s, %(origin)s, %(changes)s, %(ip_tag)s,
            %(address_tag)s)
    returning id, at
)
insert into audit_unsealed (entry_id, at) select id, at from added

-- name: months
-- the months from a moment to another, with that one's: the first day, the next month's, and what tags are made of
select month, (month + interval '1 month')::date as next, salt from audit_months
 where (%(since)s::timestamptz is null or month + interval '1 month' > %(since)s at time zone 'UTC')
   and (%(until)s::timestamptz is null or month <= %(until)s at time zone 'UTC')
