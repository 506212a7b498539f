import threading, psycopg, collections, datetime as dt
from adapters.postgres.statements import statements
import pytest
SQL = statements("outgoing_mails")["claim"]
@pytest.mark.parametrize("skip",[True,False])
@pytest.mark.parametrize("round_",range(4))
def test_claims(conninfo, skip, round_):
    sql = SQL if skip else SQL.replace("for update skip locked","for update")
    with psycopg.connect(conninfo, autocommit=True) as c:
        c.execute("insert into outgoing_mails (id, kind, recipient, token_ids, occurred_at, next_attempt_at) select gen_random_uuid(), 'reset_password', 'n@example.com', '{}', now(), now() - g * interval '1 ms' from generate_series(1,400) g")
    out=collections.Counter(); lock=threading.Lock()
    def work():
        with psycopg.connect(conninfo, autocommit=True) as c:
            while True:
                now=dt.datetime.now(dt.UTC)
                rows=c.execute(sql,{"at":now,"until":now+dt.timedelta(minutes=2)}).fetchall()
                if not rows: return
                with lock: out[rows[0][0]]+=1
    ts=[threading.Thread(target=work) for _ in range(12)]
    [t.start() for t in ts]; [t.join() for t in ts]
    print("RESULT", skip, dict(out))
