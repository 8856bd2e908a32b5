"""Products of the shop as one writes them by hand: FastAPI, SQLAlchemy 2 and psycopg.

`load.py` compares it with the generated shop, whose tables it serves: `uvicorn load_peer:app`, with
DATABASE_URL.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field, field_serializer
from sqlalchemy import DateTime, Numeric, String, Text, Uuid, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(
    os.environ["DATABASE_URL"], pool_size=10, max_overflow=0, pool_pre_ping=True
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI(title="Products by hand")


class Base(DeclarativeBase):
    """The root of the tables."""


def _now() -> datetime:
    return datetime.now(UTC)


class Row(Base):
    """A product."""

    __tablename__ = "products"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    sku: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(String(1000))
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    stock: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=_now)
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=_now, onupdate=_now
    )


class ProductIn(BaseModel):
    """What makes a product."""

    model_config = ConfigDict(extra="forbid")

    sku: Annotated[str, Field(pattern="^[A-Z0-9-]{3,32}$")]
    name: Annotated[str, Field(min_length=1, max_length=255)]
    description: Annotated[str, Field(max_length=1000)] | None = None
    price: Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=2)]
    stock: Annotated[int, Field(ge=0, le=2147483647)]
    is_active: bool = True


class ProductChange(BaseModel):
    """What changes a product."""

    model_config = ConfigDict(extra="forbid")

    sku: Annotated[str, Field(pattern="^[A-Z0-9-]{3,32}$")] | None = None
    name: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    description: Annotated[str, Field(max_length=1000)] | None = None
    price: Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=2)] | None = None
    stock: Annotated[int, Field(ge=0, le=2147483647)] | None = None
    is_active: bool | None = None


class ProductOut(BaseModel):
    """How a product is shown."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    sku: str
    name: str
    description: str | None
    price: Decimal
    stock: int
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @field_serializer("price")
    def write_price(self, value: Decimal) -> str:
        """Return two decimal places."""
        return f"{value:.2f}"


class Page(BaseModel):
    """A page of products."""

    items: list[ProductOut]
    total: int
    limit: int
    offset: int


class Restock(BaseModel):
    """How much comes in."""

    quantity: Annotated[int, Field(ge=1, le=100000)]


async def open_session() -> AsyncIterator[AsyncSession]:
    """Give a request its session."""
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_session)]


async def _find(session: AsyncSession, product_id: UUID, *, lock: bool = False) -> Row:
    query = select(Row).where(Row.id == product_id)
    row = (await session.scalars(query.with_for_update() if lock else query)).first()
    if row is None:
        raise HTTPException(404, "product not found")
    return row


@app.get("/products", response_model=Page)
async def list_products(
    session: Session,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
    offset: Annotated[int, Field(ge=0)] = 0,
) -> Page:
    """List products."""
    query = select(Row).order_by(Row.created_at, Row.id).limit(limit).offset(offset)
    rows = (await session.scalars(query)).all()
    total = await session.scalar(select(func.count()).select_from(Row)) or 0
    items = [ProductOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=limit, offset=offset)


@app.get("/products/{product_id}", response_model=ProductOut)
async def get_product(product_id: UUID, session: Session) -> Row:
    """Show a product."""
    return await _find(session, product_id)


@app.post("/products", response_model=ProductOut, status_code=201)
async def create_product(data: ProductIn, session: Session) -> Row:
    """Add a product."""
    row = Row(**data.model_dump())
    session.add(row)
    try:
        await session.commit()
    except IntegrityError as error:
        raise HTTPException(409, "sku is taken") from error
    return row


@app.patch("/products/{product_id}", response_model=ProductOut)
async def update_product(product_id: UUID, data: ProductChange, session: Session) -> Row:
    """Change a product."""
    row = await _find(session, product_id, lock=True)
    for name, value in data.model_dump(exclude_unset=True).items():
        setattr(row, name, value)
    try:
        await session.commit()
    except IntegrityError as error:
        raise HTTPException(409, "sku is taken") from error
    return row


@app.post("/products/{product_id}/restock", response_model=ProductOut)
async def restock_product(product_id: UUID, data: Restock, session: Session) -> Row:
    """Add to the stock, never above what fits."""
    row = await _find(session, product_id, lock=True)
    statement = update(Row).where(Row.id == row.id, Row.stock <= 2147483647 - data.quantity)
    changed = await session.execute(
        statement.values(stock=Row.stock + data.quantity).returning(Row.id)
    )
    if changed.first() is None:
        raise HTTPException(409, "too much stock")
    await session.commit()
    await session.refresh(row)
    return row
