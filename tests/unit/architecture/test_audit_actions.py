"""What the audit trail tells of is in the manual."""

from __future__ import annotations

import re

from tests.unit.architecture.sources import ROOT
from user_domain.entities.audit_entry import AuditAction

MANUAL = ROOT / "docs" / "reference" / "audit-actions.md"
GRAMMAR = re.compile(r"[a-z]+:[a-z]+(-[a-z]+)*(:[a-z]+)?")


def test_every_action_is_in_the_manual_and_no_other() -> None:
    rows = re.findall(r"^\| `(\S+)` \|", MANUAL.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(AuditAction)


def test_actions_are_named_by_one_grammar() -> None:
    assert [action for action in AuditAction if not GRAMMAR.fullmatch(action)] == []
