"""The entry of `guard` and of `python -m devmatrix_guard`."""

from __future__ import annotations

try:
    import sys

    from devmatrix_guard.import_path import remove_current_folder
except KeyboardInterrupt:  # Ctrl-C before there is anything to run
    raise SystemExit(130) from None


def main() -> None:
    """Run the command line; Ctrl-C is no traceback even while its modules are being read."""
    try:
        remove_current_folder()
        if sys.argv[1:2] == ["generate"]:
            from devmatrix_guard.generate_fast import main as generate
            from devmatrix_guard.generate_fast import parse_arguments

            if arguments := parse_arguments(sys.argv[2:]):
                generate(arguments)
        if sys.argv[1:2] == ["agent-hook"]:
            from devmatrix_guard.agent_hook import main as answer
            from devmatrix_guard.agent_hook import parse_arguments as parse_agent

            if (agent := parse_agent(sys.argv[2:])) is not None:
                answer(agent)
        from devmatrix_guard.cli import main as run

        run()
    except Exception as error:
        from devmatrix_guard.error_handling import is_interruption

        if not is_interruption(error):
            raise
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
