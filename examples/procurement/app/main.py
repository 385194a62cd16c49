"""The application: `uvicorn app.main:app --host 0.0.0.0 --port 8000`."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app import health, logs
from app.database import create_pool
from app.limits import BodyLimit
from app.routers import files, purchases, reports, suppliers
from app.settings import Settings, load
from app.storage import Storage

settings = load(Settings)
logs.configure(settings.log_level)
log = logging.getLogger("procurement")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.settings = settings
    app.state.engine = create_pool(settings)
    app.state.storage = Storage(settings)
    log.info("started")
    yield
    # Uvicorn comes here after SIGTERM, when the requests under way have been answered.
    app.state.storage.close()
    app.state.engine.dispose()
    log.info("stopped")


app = FastAPI(title="Procurement", version="1.0.0", lifespan=lifespan)

# The last one added is the outermost.
app.add_middleware(BodyLimit, max_upload_bytes=settings.max_upload_bytes)
app.add_middleware(
    CORSMiddleware,
    allow_origins=settings.cors_origins,
    allow_methods=["*"],
    allow_headers=["*"],
)
app.add_middleware(logs.RequestLog)

app.include_router(health.router)
app.include_router(suppliers.router)
app.include_router(purchases.router)
app.include_router(files.router)
app.include_router(reports.router)
