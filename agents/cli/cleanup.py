"""What is closed when a command ends."""

from contextlib import ExitStack

at_command_end = ExitStack()
