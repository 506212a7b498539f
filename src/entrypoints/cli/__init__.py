"""The command line."""

from entrypoints.cli.signals import stop_signals_exit_cleanly


def main() -> None:
    """Run the command line."""
    with stop_signals_exit_cleanly():
        # Only here: loading them takes a second, in which Ctrl-C counts already.
        from entrypoints.cli.commands import commands  # noqa: PLC0415 - see above

        commands(prog_name="user-service")
