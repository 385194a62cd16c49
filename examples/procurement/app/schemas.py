"""What the API takes and gives."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.models import Status

Name = Annotated[str, Field(min_length=1, max_length=200)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SupplierIn(BaseModel):
    name: Name
    email: Annotated[str, Field(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None


class SupplierOut(Read):
    id: int
    name: str
    email: str | None
    created_at: datetime


class ItemIn(BaseModel):
    description: Annotated[str, Field(min_length=1, max_length=500)]
    quantity: Annotated[int, Field(gt=0, le=1_000_000)]
    unit_price: Money


class ItemOut(Read):
    id: int
    description: str
    quantity: int
    unit_price: Decimal


class PurchaseIn(BaseModel):
    supplier_id: int
    title: Name
    description: str = ""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    items: list[ItemIn] = []


class PurchaseChange(BaseModel):
    title: Name | None = None
    description: str | None = None
    items: list[ItemIn] | None = None


class StatusChange(BaseModel):
    status: Status
    note: str = ""


class EventOut(Read):
    status: Status
    note: str
    created_at: datetime


class FileOut(Read):
    id: int
    purchase_id: int
    name: str
    content_type: str
    size: int
    sha256: str
    created_at: datetime


class ShareLink(BaseModel):
    path: str
    expires_at: datetime


class PurchaseSummary(Read):
    id: int
    title: str
    status: Status
    currency: str
    total: Decimal
    created_at: datetime
    updated_at: datetime
    supplier: SupplierOut


class PurchaseOut(PurchaseSummary):
    description: str
    items: list[ItemOut]
    files: list[FileOut]
    events: list[EventOut]


class Totals(BaseModel):
    suppliers: int
    purchases: dict[str, int]
    items: int
    files: int
    bytes: int


class FilesReport(BaseModel):
    checked: int
    missing: list[int]
    damaged: list[int]
