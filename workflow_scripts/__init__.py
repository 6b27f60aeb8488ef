"""The data and results steps of the workflow, one a file, each a command.

`python -m workflow_scripts.<step> --help` explains a step.
"""
