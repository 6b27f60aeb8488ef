"""The data and results steps of the workflow: each a command, in the room of its topic.

README.md has the rooms of this package and what each may import. docs/commands.md lists the commands.
"""
