"""GET /health: 200 when the database and the bucket answer, 503 when one does not, never later than CHECK_SECONDS."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app import database

log = logging.getLogger("procurement.health")
router = APIRouter(tags=["health"])

CHECK_SECONDS = 2.0
STARTED = time.monotonic()

# Threads of their own: requests that hang on the database must not keep the health check waiting.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="health")


async def _check(name: str, ping: Callable[[], None]) -> str:
    loop = asyncio.get_running_loop()
    try:
        await asyncio.wait_for(loop.run_in_executor(_threads, ping), CHECK_SECONDS)
    except Exception as error:
        log.warning("%s does not answer: %s", name, type(error).__name__)
        return "down"
    return "up"


@router.get("/health")
async def health(request: Request) -> JSONResponse:
    state = request.app.state
    database_is, s3_is = await asyncio.gather(
        _check("database", lambda: database.ping(state.engine)),
        _check("s3", state.storage.ping),
    )
    healthy = database_is == s3_is == "up"
    body = {
        "status": "healthy" if healthy else "unhealthy",
        "timestamp": datetime.now(UTC).isoformat(),
        "uptime": round(time.monotonic() - STARTED, 3),
        "database": database_is,
        "s3": s3_is,
    }
    return JSONResponse(body, 200 if healthy else 503, headers={"cache-control": "no-store"})
