"""Signatures of the audit trail."""
