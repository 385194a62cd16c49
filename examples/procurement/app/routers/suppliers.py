from fastapi import APIRouter, HTTPException
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.database import DbSession
from app.models import Supplier
from app.schemas import SupplierIn, SupplierOut

router = APIRouter(prefix="/suppliers", tags=["suppliers"])


@router.get("", response_model=list[SupplierOut])
def list_suppliers(session: DbSession):
    return session.scalars(select(Supplier).order_by(Supplier.name)).all()


@router.post("", response_model=SupplierOut, status_code=201)
def create_supplier(given: SupplierIn, session: DbSession):
    supplier = Supplier(**given.model_dump())
    session.add(supplier)
    return _saved(session, supplier)


@router.get("/{supplier_id}", response_model=SupplierOut)
def get_supplier(supplier_id: int, session: DbSession):
    return _find(session, supplier_id)


@router.put("/{supplier_id}", response_model=SupplierOut)
def replace_supplier(supplier_id: int, given: SupplierIn, session: DbSession):
    supplier = _find(session, supplier_id)
    supplier.name, supplier.email = given.name, given.email
    return _saved(session, supplier)


@router.delete("/{supplier_id}", status_code=204)
def delete_supplier(supplier_id: int, session: DbSession) -> None:
    session.delete(_find(session, supplier_id))
    try:
        session.commit()
    except IntegrityError:
        raise HTTPException(409, "the supplier still has purchases") from None


def _find(session: DbSession, supplier_id: int) -> Supplier:
    supplier = session.get(Supplier, supplier_id)
    if supplier is None:
        raise HTTPException(404, f"there is no supplier {supplier_id}")
    return supplier


def _saved(session: DbSession, supplier: Supplier) -> Supplier:
    try:
        session.commit()
    except IntegrityError:
        raise HTTPException(409, "there is already a supplier of this name") from None
    return supplier
