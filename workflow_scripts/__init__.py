"""The steps of the workflow for data and results. Each is a command, in the room of its topic.

README.md lists the rooms of this package and what each may import. docs/commands.md lists the commands.
"""
