import hashlib
import time
import uuid
from datetime import UTC, datetime
from typing import BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, UploadFile
from fastapi.responses import StreamingResponse

from app.database import DbSession
from app.links import is_valid, sign
from app.models import File
from app.routers.purchases import discard, find_purchase
from app.schemas import FileOut, ShareLink
from app.storage import UNAVAILABLE, Bucket, ObjectMissing

router = APIRouter(tags=["files"])


@router.post("/purchases/{purchase_id}/files", response_model=FileOut, status_code=201)
def upload_file(
    purchase_id: int, file: UploadFile, request: Request, session: DbSession, bucket: Bucket
):
    find_purchase(session, purchase_id)
    size, digest = _measure(file.file)
    limit = request.app.state.settings.max_upload_bytes
    if size > limit:
        raise HTTPException(413, f"the upload is larger than {limit} bytes")
    row = File(
        purchase_id=purchase_id,
        key=f"purchases/{purchase_id}/{uuid.uuid4().hex}",
        name=_plain_name(file.filename),
        content_type=(file.content_type or "application/octet-stream")[:200],
        size=size,
        sha256=digest,
    )
    # The object first: a row must never name bytes that are not there.
    try:
        bucket.put(row.key, file.file, row.content_type)
    except UNAVAILABLE as error:
        raise HTTPException(503, "the file storage does not answer; try again later") from error
    session.add(row)
    try:
        session.commit()
    except Exception:
        discard(bucket, row.key)
        raise
    return row


@router.get("/purchases/{purchase_id}/files", response_model=list[FileOut])
def list_files(purchase_id: int, session: DbSession):
    return find_purchase(session, purchase_id).files


@router.get("/files/{file_id}")
def download_file(file_id: int, session: DbSession, bucket: Bucket) -> StreamingResponse:
    return _stream(_find(session, file_id), bucket)


@router.post("/files/{file_id}/link", response_model=ShareLink)
def create_link(file_id: int, request: Request, session: DbSession):
    settings = request.app.state.settings
    _find(session, file_id)
    expires = int(time.time()) + settings.share_link_seconds
    signature = sign(settings.secret_key.get_secret_value(), file_id, expires)
    return ShareLink(
        path=f"/shared/{file_id}?expires={expires}&signature={signature}",
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


@router.get("/shared/{file_id}")
def download_shared(
    file_id: int, expires: int, signature: str, request: Request, session: DbSession, bucket: Bucket
) -> StreamingResponse:
    secret = request.app.state.settings.secret_key.get_secret_value()
    if not is_valid(secret, file_id, expires, signature, time.time()):
        raise HTTPException(403, "the link is wrong or has expired")
    return _stream(_find(session, file_id), bucket)


@router.delete("/files/{file_id}", status_code=204)
def delete_file(file_id: int, session: DbSession, bucket: Bucket) -> None:
    row = _find(session, file_id)
    key = row.key
    session.delete(row)
    session.commit()
    discard(bucket, key)


def _find(session: DbSession, file_id: int) -> File:
    row = session.get(File, file_id)
    if row is None:
        raise HTTPException(404, f"there is no file {file_id}")
    return row


def _stream(row: File, bucket: Bucket) -> StreamingResponse:
    try:
        content = bucket.read(row.key)
    except ObjectMissing as error:
        raise HTTPException(502, f"the content of file {row.id} is lost") from error
    except UNAVAILABLE as error:
        raise HTTPException(503, "the file storage does not answer; try again later") from error
    headers = {
        "content-length": str(row.size),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(row.name, safe='')}",
        "etag": f'"{row.sha256}"',
        "x-content-type-options": "nosniff",
    }
    return StreamingResponse(content, media_type=row.content_type, headers=headers)


def _measure(content: BinaryIO) -> tuple[int, str]:
    digest = hashlib.file_digest(content, "sha256").hexdigest()
    size = content.tell()
    content.seek(0)
    return size, digest


def _plain_name(given: str | None) -> str:
    """The name without a folder and without what breaks a header or a terminal."""
    name = (given or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in name if c.isprintable())[:255] or "file"
