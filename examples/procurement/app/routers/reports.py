"""What there is, and whether it is all still there: the first look after a restore."""

from fastapi import APIRouter
from sqlalchemy import func, select

from app.database import DbSession
from app.models import File, Item, Purchase, Supplier
from app.schemas import FilesReport, Totals
from app.storage import Bucket, ObjectMissing

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/totals", response_model=Totals)
def totals(session: DbSession):
    def count(model: type) -> int:
        return session.scalar(select(func.count()).select_from(model))

    by_status = select(Purchase.status, func.count()).group_by(Purchase.status)
    return Totals(
        suppliers=count(Supplier),
        purchases={status: number for status, number in session.execute(by_status)},
        items=count(Item),
        files=count(File),
        bytes=session.scalar(select(func.coalesce(func.sum(File.size), 0))),
    )


@router.get("/files", response_model=FilesReport)
def files(session: DbSession, bucket: Bucket):
    """Compares every file's row with its object."""
    report = FilesReport(checked=0, missing=[], damaged=[])
    for file_id, key, size in session.execute(select(File.id, File.key, File.size)):
        report.checked += 1
        try:
            if bucket.size(key) != size:
                report.damaged.append(file_id)
        except ObjectMissing:
            report.missing.append(file_id)
    return report
