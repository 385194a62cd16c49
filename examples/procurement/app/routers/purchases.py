import logging

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import DbSession
from app.models import Event, Item, Purchase, Status, Supplier
from app.schemas import PurchaseChange, PurchaseIn, PurchaseOut, PurchaseSummary, StatusChange
from app.storage import UNAVAILABLE, Bucket
from app.workflow import refusal

log = logging.getLogger("procurement.purchases")
router = APIRouter(prefix="/purchases", tags=["purchases"])


@router.get("", response_model=list[PurchaseSummary])
def list_purchases(
    session: DbSession,
    status: Status | None = None,
    supplier_id: int | None = None,
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0),
):
    wanted = select(Purchase).options(selectinload(Purchase.supplier), selectinload(Purchase.items))
    if status is not None:
        wanted = wanted.where(Purchase.status == status)
    if supplier_id is not None:
        wanted = wanted.where(Purchase.supplier_id == supplier_id)
    newest_first = wanted.order_by(Purchase.created_at.desc(), Purchase.id.desc())
    return session.scalars(newest_first.limit(limit).offset(offset)).all()


@router.post("", response_model=PurchaseOut, status_code=201)
def create_purchase(given: PurchaseIn, session: DbSession):
    if session.get(Supplier, given.supplier_id) is None:
        raise HTTPException(422, f"there is no supplier {given.supplier_id}")
    purchase = Purchase(
        **given.model_dump(exclude={"items"}),
        items=[Item(**item.model_dump()) for item in given.items],
        events=[Event(status=Status.DRAFT)],
    )
    session.add(purchase)
    session.commit()
    return purchase


@router.get("/{purchase_id}", response_model=PurchaseOut)
def get_purchase(purchase_id: int, session: DbSession):
    return find_purchase(session, purchase_id)


@router.patch("/{purchase_id}", response_model=PurchaseOut)
def change_purchase(purchase_id: int, given: PurchaseChange, session: DbSession):
    purchase = find_purchase(session, purchase_id, lock=True)
    _refuse_unless_draft(purchase, "changed")
    for name, value in given.model_dump(exclude={"items"}, exclude_none=True).items():
        setattr(purchase, name, value)
    if given.items is not None:
        purchase.items = [Item(**item.model_dump()) for item in given.items]
    session.commit()
    return purchase


@router.post("/{purchase_id}/status", response_model=PurchaseOut)
def change_status(purchase_id: int, given: StatusChange, session: DbSession):
    purchase = find_purchase(session, purchase_id, lock=True)
    reason = refusal(Status(purchase.status), given.status, len(purchase.items))
    if reason is not None:
        raise HTTPException(409, reason)
    purchase.status = given.status
    purchase.events.append(Event(status=given.status, note=given.note))
    session.commit()
    return purchase


@router.delete("/{purchase_id}", status_code=204)
def delete_purchase(purchase_id: int, session: DbSession, bucket: Bucket) -> None:
    purchase = find_purchase(session, purchase_id, lock=True)
    _refuse_unless_draft(purchase, "deleted")
    keys = [file.key for file in purchase.files]
    session.delete(purchase)
    session.commit()
    for key in keys:
        discard(bucket, key)


def find_purchase(session: DbSession, purchase_id: int, lock: bool = False) -> Purchase:
    purchase = session.get(Purchase, purchase_id, with_for_update=lock)
    if purchase is None:
        raise HTTPException(404, f"there is no purchase {purchase_id}")
    return purchase


def discard(bucket: Bucket, key: str) -> None:
    """Deletes an object no row names any more; one that stays is waste, not a failure of the request."""
    try:
        bucket.delete(key)
    except UNAVAILABLE:
        log.exception("an object without a row stays in the bucket: %s", key)


def _refuse_unless_draft(purchase: Purchase, what: str) -> None:
    if purchase.status != Status.DRAFT:
        raise HTTPException(409, f"a purchase that is {purchase.status} cannot be {what}")
