-- migrate: no-transaction
-- Those who were there before. The trigger is at work already, and nobody waits for this.
insert into audit_keys (user_id) select id from users on conflict do nothing;
