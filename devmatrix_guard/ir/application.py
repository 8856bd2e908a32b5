"""The whole: five areas, and the record of how each part was arrived at."""

from __future__ import annotations

from typing import Literal

from devmatrix_guard.ir.api import ApiModel
from devmatrix_guard.ir.behavior import BehaviorModel
from devmatrix_guard.ir.domain import DomainModel, Seed
from devmatrix_guard.ir.infrastructure import InfrastructureModel
from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.validation import ValidationModel


class Inference(Node):
    """One thing the IR says, and why.

    Attributes:
        node: id of the node it is about (see `nodes`).
        claim: what is said, as a sentence: "Article is stored under the key slug".
        source: `explicit` when the spec or overlay says so, else `inferred`.
        pointer: JSON pointer of the reason.
        confidence: 1.0 when explicit; otherwise how often the rule that was used is right.
    """

    node: str
    claim: str
    source: Literal["explicit", "inferred"]
    pointer: str
    confidence: float


class Notice(Node):
    """Something the user should know: an unknown key, a part that was left out, a renaming."""

    kind: Literal["unknown-key", "ignored", "renamed", "not-implemented", "assumed", "untested"]
    message: str
    pointer: str


class ApplicationIR(Node):
    """An application; see the package docstring.

    Attributes:
        name: safe kebab-case name of the application.
        inferences, notices: sorted; not part of the hash.
        seeds: rows to try it with, each after those it refers to.
    """

    name: str
    domain: DomainModel = DomainModel()
    api: ApiModel = ApiModel()
    behavior: BehaviorModel = BehaviorModel()
    validation: ValidationModel = ValidationModel()
    infrastructure: InfrastructureModel = InfrastructureModel()
    inferences: tuple[Inference, ...] = ()
    notices: tuple[Notice, ...] = ()
    seeds: tuple[Seed, ...] = ()
