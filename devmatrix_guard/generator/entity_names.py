"""What is the same for every entity: texts with placeholders where the names of one stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.model.named_value import NamedValue

CLASS, ONE, MANY, CONSTANT = "«Entity»", "«entity»", "«entities»", "«ENTITY»"


class EntityNames(NamedValue):
    """How generated code speaks of an entity: `OrderLine`, `order_line`, `order_lines`,
    `ORDER_LINE`."""

    name: str
    module: str
    plural: str

    def generalise(self, text: str) -> str:
        """Return a text with placeholders for these names; longer words that hold them stay."""
        for found, placeholder in (
            (self.plural, MANY),
            (self.module, ONE),
            (self.module.upper(), CONSTANT),
        ):
            pattern = rf"(?<![A-Za-z0-9]){re.escape(found)}(?![A-Za-z0-9])"
            text = re.sub(pattern, placeholder, text)
        return re.sub(rf"(?<![A-Za-z0-9]){re.escape(self.name)}(?![a-z0-9])", CLASS, text)

    def expand(self, text: str) -> str:
        """Return a text with these names for the placeholders."""
        for placeholder, value in (
            (CLASS, self.name),
            (ONE, self.module),
            (MANY, self.plural),
            (CONSTANT, self.module.upper()),
        ):
            text = text.replace(placeholder, value)
        return text


def list_entity_names(plan: Plan) -> tuple[EntityNames, ...]:
    """Return the names of every entity of a plan."""
    return tuple(
        EntityNames(entity.name, plan.modules[entity.name], entity.plural)
        for entity in plan.ir.domain.entities
    )


def find_names(path: str, known: Iterable[EntityNames]) -> EntityNames | None:
    """Return the names of the entity that a file is about, by the file's own name."""
    stem = PurePosixPath(path).stem
    fitting = [one for one in known if one.generalise(stem) != stem]
    return max(fitting, key=lambda one: (len(one.module), one.name)) if fitting else None


def has_placeholder(text: str) -> bool:
    """Tell whether a text stands for one of every entity."""
    return any(placeholder in text for placeholder in (CLASS, ONE, MANY, CONSTANT))
