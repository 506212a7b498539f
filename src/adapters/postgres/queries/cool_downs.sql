-- name: start
-- begins a pause; no row where one lasts already
insert into cool_downs (key, until) values (%(key)s, %(until)s)
    on conflict (key) do update set until = excluded.until where cool_downs.until <= %(at)s
returning until

-- name: running
-- when a pause ends
select until from cool_downs where key = %(key)s
