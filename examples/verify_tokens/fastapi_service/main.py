"""An order service: FastAPI, and tokens of the user service verified offline.

Copy `../plain_python/verifier.py` next to this file; its head says which environment variables configure it. Run:

    pip install -r requirements.txt
    USER_SERVICE_URL=http://127.0.0.1:9090 SECRET_KEY=… REVOCATION_FEED_TOKEN=… uvicorn main:app --port 9191

Without the copy, from the folder of this file: `PYTHONPATH=../plain_python uvicorn main:app --port 9191`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from verifier import TokenRefused, Verifier, VerifierStale


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    verifier = app.state.verifier = Verifier.from_environment()
    await asyncio.to_thread(verifier.start)
    yield
    await asyncio.to_thread(verifier.stop)


app = FastAPI(title="Orders", lifespan=lifespan)


async def caller(request: Request) -> dict[str, Any]:
    """The claims of whoever calls. Computes for some 100 µs and asks nobody, so it can run on the event loop."""
    sent = request.headers.getlist("authorization")
    scheme, _, token = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    if scheme.lower() != "bearer":
        raise HTTPException(401, "Please log in first.", {"WWW-Authenticate": "Bearer"})
    verifier: Verifier = request.app.state.verifier
    try:
        return verifier.verify(token.strip())
    except TokenRefused:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}  # RFC 6750 3.1
        raise HTTPException(401, "Please log in again.", challenge) from None
    except VerifierStale:
        raise HTTPException(503, "Please try again in a moment.", {"Retry-After": "1"}) from None


Caller = Annotated[dict[str, Any], Depends(caller)]


@app.get("/orders")
async def orders(caller: Caller) -> dict[str, Any]:
    """Somebody's orders. The role in a token is a hint of when it was issued: decide nothing grave by it."""
    return {"user_id": int(caller["sub"]), "email": caller["email"], "role": caller["role"], "orders": []}
