-- name: claim
-- one unit of work at a time seals, until its transaction ends; whether this one does; "auditsea"
select pg_try_advisory_xact_lock(x'6175646974736561'::bigint) as is_mine

-- name: last
-- the last seal
select {seal} from audit_seals s order by s.number desc limit 1

-- name: waiting
-- entries under no seal, whoever says that they wait; each is looked up by itself, however many there seem to be
select array_agg(w.entry_id) as ids, array_agg(w.at) as moments, array_agg(w.leaf) as leaves
  from (select u.entry_id, u.at, e.leaf
          from audit_unsealed u
         cross join lateral (select e.leaf from audit_entries e
                              where e.at = u.at and e.id = u.entry_id
                                and not exists (select from audit_leaves l where l.at = u.at and l.entry_id = u.entry_id)
                             offset 0) e
         limit %(limit)s) w

-- name: add
-- a seal
insert into audit_seals (number, month, sealed_at, entries, root, previous, key_id, signature)
values (%(number)s, %(month)s, %(sealed_at)s, %(entries)s, %(root)s, %(previous)s, %(key_id)s, %(signature)s)

-- name: add_leaves
-- what is under a seal, which waits for none from now on
with done as (
    delete from audit_unsealed where entry_id = any(%(ids)s)
)
insert into audit_leaves (seal, position, entry_id, at, leaf)
select %(number)s, l.place - 1, l.entry_id, l.at, l.leaf
  from unnest(%(ids)s::bigint[], %(moments)s::timestamptz[], %(leaves)s::bytea[])
       with ordinality as l (entry_id, at, leaf, place)

-- name: after
-- seals in their order; of one number all of them, lest whoever put a second one there hides it between two pages
select {seal} from audit_seals s where s.number > %(after)s
 order by s.number fetch first %(limit)s rows with ties

-- name: sealed_entries
-- what is under some seals of one month, with the entries as they are now
select l.seal, l.position, l.entry_id, l.at as leaf_at, l.leaf, {stored_entry}
  from audit_leaves l
  left join audit_entries e on e.at = l.at and e.id = l.entry_id and e.at >= %(begins)s and e.at < %(ends)s
 where l.at >= %(begins)s and l.at < %(ends)s and l.seal between %(first)s and %(last)s
 order by l.seal, l.position

-- name: months
-- every month of which there is an entry, or something recorded of one; from one to the next by index, over any gap
with recursive months as (
    select date_trunc('month', least((select min(at) from audit_entries),
                                     (select min(at) from audit_leaves)) at time zone 'UTC')::date as month
    union all
    select date_trunc('month', least((select min(e.at) from audit_entries e where e.at >= n.begins),
                                     (select min(l.at) from audit_leaves l where l.at >= n.begins))
                               at time zone 'UTC')::date
      from months m
     cross join lateral (select (m.month + interval '1 month') at time zone 'UTC' as begins) n
     where isfinite(m.month)
)
select month from months where month is not null order by month

-- name: unsealed_strangers
-- entries of a month that are neither sealed nor wait for a seal
select e.id from audit_entries e
 where e.at >= %(begins)s and e.at < %(ends)s
   and not exists (select from audit_leaves l
                    where l.at = e.at and l.entry_id = e.id and l.at >= %(begins)s and l.at < %(ends)s)
   and not exists (select from audit_unsealed u where u.entry_id = e.id and u.at = e.at)
 order by e.at, e.id limit %(limit)s

-- name: misplaced_leaves
-- what is recorded under a seal that does not exist or is of another month
select l.entry_id as id from audit_leaves l
  left join audit_seals s on s.number = l.seal and s.month = %(month)s
 where l.at >= %(begins)s and l.at < %(ends)s and s.number is null
 order by l.at, l.entry_id limit %(limit)s

-- name: waiting_count
-- how many entries wait for a seal
select count(*) as entries from audit_unsealed

-- name: waiting_missing
-- entries that wait for a seal and are not there
select u.entry_id as id from audit_unsealed u
 where not exists (select from audit_entries e where e.at = u.at and e.id = u.entry_id)
 order by u.at, u.entry_id limit %(limit)s

-- name: retirements
-- the months that were given up
select {retirement} from audit_retirements r order by r.month

-- name: retire
-- gives up a month; whether that was done
select retire_audit_month(%(month)s, %(last_seal)s) as is_done

-- name: add_retirement
-- what was given up
insert into audit_retirements (month, retired_at, last_seal, entries, archive_digest, key_id, signature)
values (%(month)s, %(retired_at)s, %(last_seal)s, %(entries)s, %(archive_digest)s, %(key_id)s, %(signature)s)
